// Two result files, row by row: the first stage at which they part. Stages in order: the question itself, how its video went out, the frames chosen,
// their pixels, the prompt, how it was decoded, the output, the answer read in it, its score. A row that errs in both by the same reason is the same. Where a
// video lies is nobody's business: its pixels tell.
// Leaves out: whether the scores differ beyond chance (paired.ts).
import type { EvaluatedRow } from './row.ts';

export const stages = [
  'rows',
  'question',
  'error',
  'video',
  'frames',
  'pixels',
  'prompt',
  'decoding',
  'output',
  'extraction',
  'score',
] as const;
export type Stage = (typeof stages)[number];

export interface RowDifference {
  readonly id: string;
  readonly path: string;
  readonly stage: Stage;
  /** What the first and the second file hold there, short enough for a line. */
  readonly first: string;
  readonly second: string;
}

export interface Difference {
  readonly same: number;
  readonly differing: readonly RowDifference[];
  /** By stage, of `differing`. */
  readonly counts: Readonly<Partial<Record<Stage, number>>>;
  /** Rows of both of which the server chose the frames: whether they were the same is not known. */
  readonly unseen: number;
}

type Look = (row: EvaluatedRow, other: EvaluatedRow) => unknown;

/** How the video went out. Where the server took it from is nobody's business; which file it was, where both know it. */
const sentVideo: Look = ({ video }, { video: other }) => {
  if (video?.form !== 'video_url') return video;
  const { form, asked, sha256 } = video;
  return { form, asked, sha256: other?.form === 'video_url' && other.sha256 === null ? null : sha256 };
};
const sentText: Look = ({ video, frames }) => {
  if (video?.form === 'video_url')
    return `the file (${video.sha256?.slice(0, 16) ?? 'at an address'}); frames chosen by the server, asked for ${video.asked.num_frames} of at most ${video.asked.max_pixels} pixels`;
  if (video)
    return video.form === 'frames' ? 'frames as ordered JPEG pictures' : 'frames as one video of JPEG pictures';
  return frames && 'frames as one video, in this process';
};

/** What each stage looks at, as text that is equal exactly where the stage is; and how it is shown where that would be too long. */
const looks: readonly (readonly [Exclude<Stage, 'rows'>, Look, Look?])[] = [
  ['question', ({ type, options, solution }) => ({ type, options, solution })],
  ['error', ({ error }) => error],
  ['video', sentVideo, sentText],
  [
    'frames',
    ({ frames }) => frames && { ...frames, width: 0, height: 0 },
    ({ frames }) =>
      frames &&
      `${frames.indices.length} of ${frames.sourceFrames}: ${frames.indices.join(' ')}, ${frames.sampledFps.toFixed(4)} a second`,
  ],
  [
    'pixels',
    ({ pixels, frames }) => pixels && { pixels, size: [frames?.width, frames?.height] },
    ({ pixels, frames }) => `${frames?.width}x${frames?.height} sha256 ${pixels?.slice(0, 16)}`,
  ],
  ['prompt', ({ prompt }) => prompt, ({ request }) => promptText(request)],
  ['decoding', ({ request }) => request?.decoding],
  [
    'output',
    ({ output, finish }) => ({ output, finish }),
    ({ output, finish }) => `${output}${finish === 'length' ? ' (cut off)' : ''}`,
  ],
  ['extraction', ({ extracted, rung }) => ({ extracted, rung })],
  ['score', ({ score, outcome }) => ({ score, outcome })],
];

function promptText(request: EvaluatedRow['request']): string {
  const parts = (request?.messages ?? []).flatMap(({ content }) =>
    typeof content === 'string'
      ? [content]
      : content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)),
  );
  return parts.join(' ');
}

const WIDTH = 90;

/** Both texts from a little before they part, cut to a line's width. */
function excerpts(a: string, b: string): [string, string] {
  let at = 0;
  while (at < Math.min(a.length, b.length) && a[at] === b[at]) at++;
  const from = Math.max(0, at - 20);
  const cut = (text: string) => {
    const part = text.slice(from, from + WIDTH).replaceAll(/\s+/g, ' ');
    return `${from > 0 ? '…' : ''}${part}${text.length > from + WIDTH ? '…' : ''}`;
  };
  return [cut(a), cut(b)];
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

function firstDifference(a: EvaluatedRow, b: EvaluatedRow): RowDifference | undefined {
  for (const [stage, of, show = of] of looks) {
    if (JSON.stringify(of(a, b) ?? null) === JSON.stringify(of(b, a) ?? null)) continue;
    const [first, second] = excerpts(shown(show(a, b)), shown(show(b, a)));
    return { id: a.id, path: a.path, stage, first, second };
  }
  return undefined;
}

/** Compares by question id, in the order of the first file, then what only the second holds. */
export function diffRows(first: readonly EvaluatedRow[], second: readonly EvaluatedRow[]): Difference {
  const others = new Map(second.map((row) => [row.id, row]));
  const known = new Set(first.map(({ id }) => id));
  const alone = (row: EvaluatedRow, inFirst: boolean): RowDifference => {
    const [a, b] = inFirst ? ['there', 'missing'] : ['missing', 'there'];
    return { id: row.id, path: row.path, stage: 'rows', first: a, second: b };
  };
  const differing = [
    ...first.flatMap((row) => {
      const other = others.get(row.id);
      return (other ? firstDifference(row, other) : alone(row, true)) ?? [];
    }),
    ...second.filter(({ id }) => !known.has(id)).map((row) => alone(row, false)),
  ];
  const counts = Object.fromEntries(
    stages.map((stage) => [stage, differing.filter((d) => d.stage === stage).length] as const).filter(([, n]) => n > 0),
  );
  const chosenElsewhere = ({ video }: EvaluatedRow) => video?.form === 'video_url';
  const unseen = first.filter((row) => {
    const other = others.get(row.id);
    return other !== undefined && chosenElsewhere(row) && chosenElsewhere(other);
  }).length;
  return {
    same: known.size + second.filter(({ id }) => !known.has(id)).length - differing.length,
    differing,
    counts,
    unseen,
  };
}
