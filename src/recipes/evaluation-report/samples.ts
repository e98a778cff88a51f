// Which questions of a result file are shown, and with which frames: decoded again as the protocol says, and compared with the hash of what the
// model was shown. Where they cannot be had, the sample says why. Leaves out: how they look (report/eval-samples.ts).

import { parseConfig } from '../../base/config.ts';
import { VideorftError } from '../../base/errors.ts';
import {
  type EvaluatedRow,
  type MediaAccess,
  outcomes,
  ProtocolLoader,
  pixelHash,
  type Question,
  questionOf,
} from '../../evaluate/index.ts';
import { type Clip, encodeJpeg, type Frame, resampleRgb } from '../../media/index.ts';
import { wordsOf } from '../../prompt/messages.ts';
import { solutionText, thoughtOf } from '../../prompt/parse.ts';
import { findReflections, type ReportFrame, type SampleCard } from '../../report/index.ts';
import { readRecord } from '../../runs/record.ts';
import { beside } from '../evaluation.ts';
import { type EvaluationConfig, evaluationConfig } from '../evaluation-config.ts';
import { evaluationInputs } from '../evaluation-inputs.ts';
import type { Manifest } from '../evaluation-manifest.ts';
import { evaluationMedia } from '../evaluation-media.ts';
import type { ResultFile } from '../result-files.ts';

/** Outcomes in turn, of each the next row in the order of the file. */
export function chooseRows(rows: readonly EvaluatedRow[], count: number): EvaluatedRow[] {
  const queues = outcomes.map((outcome) => rows.filter((row) => row.outcome === outcome));
  const chosen: EvaluatedRow[] = [];
  for (let turn = 0; chosen.length < Math.min(count, rows.length); turn++)
    for (const queue of queues) if (queue[turn] !== undefined && chosen.length < count) chosen.push(queue[turn]);
  return chosen;
}

/** Frames of a strip, and their width on the page. */
const SHOWN_FRAMES = 8;
const SHOWN_WIDTH = 224;
const QUALITY = 80;

async function pictureOf(frame: Frame): Promise<ReportFrame> {
  const width = Math.min(frame.width, SHOWN_WIDTH);
  const height = Math.max(1, Math.round((frame.height * width) / frame.width));
  const data = resampleRgb(frame.data, [frame.height, frame.width], [height, width], 'bilinear');
  const jpeg = await encodeJpeg({ width, height, data }, QUALITY);
  return { src: `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`, width, height, time: frame.time };
}

/** First, last and what lies evenly between. */
function spread(frames: readonly Frame[]): Frame[] {
  const count = Math.min(SHOWN_FRAMES, frames.length);
  if (count < 2) return frames.slice(0, count);
  return Array.from({ length: count }, (_, i) => frames[Math.round((i * (frames.length - 1)) / (count - 1))]);
}

interface Shown {
  readonly frames: readonly ReportFrame[];
  readonly note: string;
}

async function shownFrames(row: EvaluatedRow, clip: Clip | undefined): Promise<Shown> {
  if (clip === undefined) return { frames: [], note: 'No video was shown.' };
  const frames = await Promise.all(spread(clip.frames).map(pictureOf));
  const count = `${frames.length} of ${clip.frames.length} frames`;
  if (row.video?.form === 'video_url')
    return { frames, note: `${count} as the protocol asks for them; which the server showed is not known.` };
  if (row.pixels === null) return { frames, note: `${count}; the model was not asked.` };
  const same = pixelHash(clip) === row.pixels;
  const note = same
    ? 'the very pixels that the model was shown'
    : 'NOT the pixels that the model was shown: the file or the decoder is another';
  return { frames, note: `${count}; ${note}.` };
}

/** Finds the questions of a result again, and shows their frames. */
export interface QuestionShower {
  readonly show: (row: EvaluatedRow) => Promise<Shown>;
  /** As the files that were asked have it; undefined where they are not at hand. */
  readonly question: (row: EvaluatedRow) => Question | undefined;
}

interface Found {
  readonly root: string;
  /** Reaches into zips, where the benchmark lies in some. */
  readonly media?: MediaAccess;
  readonly byId: ReadonlyMap<string, Question>;
  /** Why the questions' files are not at hand. */
  readonly reason?: string;
}

/** Without a record (a merged or rescored result) the manifest names the benchmark, and --media-root its folder. */
async function findQuestions({ file, manifest }: ResultFile, mediaRoot: string | undefined): Promise<Found> {
  const record = await readRecord(beside(file, 'config.yaml'));
  const { benchmark: known } = (manifest as Partial<Manifest>).dataset ?? {};
  const settings = (record?.config ?? { benchmark: known ?? undefined }) as Partial<EvaluationConfig>;
  const { data, benchmark, mediaRoot: recorded, seed } = settings;
  const root = mediaRoot ?? recorded;
  if (root === undefined)
    return { root: '', byId: new Map(), reason: `there is no ${beside(file, 'config.yaml')}: give --media-root` };
  const config = parseConfig(evaluationConfig, { data: data ?? [], benchmark, mediaRoot: root, seed, partial: true });
  try {
    const inputs = await evaluationInputs(config, root);
    // Decoded again, whatever a store of frames holds.
    const media = evaluationMedia({ ...config, frameCacheGB: 0 }, inputs);
    return { root: inputs.root, media, byId: new Map(inputs.questions.map((q) => [String(q.problem_id), q])) };
  } catch (error) {
    if (!(error instanceof VideorftError)) throw error;
    return { root, byId: new Map(), reason: `${error.message} (${error.code})` };
  }
}

/** A sample of one's own has nothing besides its file that decides what is shown. */
const fromRow = ({ id, path, type, options, solution, benchmark }: EvaluatedRow): Question | undefined =>
  benchmark === null
    ? ({
        problem_id: id,
        path,
        problem: '',
        problem_type: type,
        options: options ?? [],
        solution,
      } as unknown as Question)
    : undefined;

/** Never throws for what is missing: samples say it. */
export async function questionShower(result: ResultFile, mediaRoot?: string): Promise<QuestionShower> {
  const { root, media, byId, reason } = await findQuestions(result, mediaRoot);
  const loader = new ProtocolLoader(root, result.manifest.protocol, media);
  const none = (why: string): Shown => ({ frames: [], note: `No frames: ${why}.` });
  return {
    question: (row) => byId.get(questionOf(row)),
    show: async (row) => {
      const question = byId.get(questionOf(row)) ?? (root === '' ? undefined : fromRow(row));
      if (!question) return none(reason ?? 'the question is not in the files that were asked');
      try {
        return await shownFrames(row, await loader.clip(question));
      } catch (error) {
        if (!(error instanceof VideorftError)) throw error;
        return none(`${error.message} (${error.code})`);
      }
    },
  };
}

export async function sampleCard(row: EvaluatedRow, shower: QuestionShower): Promise<SampleCard> {
  const { frames, note } = await shower.show(row);
  const asked = row.request && wordsOf(row.request.messages);
  const question = shower.question(row)?.problem ?? asked ?? 'The question is not at hand.';
  return {
    ...{ id: row.id, path: row.path, type: row.type, question, options: row.options ?? [] },
    groups: Object.entries(row.groups)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', '),
    reference: solutionText(row.solution),
    ...{ outcome: row.outcome, extracted: row.extracted, score: row.score, tokens: row.tokens },
    ...(row.judge ? { judge: `judged by ${row.judge.model}: ${row.judge.why}` } : {}),
    ...{ output: row.output, error: row.error },
    reflections: findReflections(thoughtOf(row.output)).length,
    frames,
    framesNote: note,
  };
}
