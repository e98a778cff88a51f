// A curation of real footage by the commands themselves, for the review's test in a browser: ingest, preview, and curate with scripted experts; one
// file turns bad between ingest and curation.
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { curateConfigSchema } from '../../src/curate/config.ts';
import { startChatServer } from './chat-server.ts';
import { runCli } from './cli-world.ts';
import { type Footage, footage, footageExperts, placeClip } from './footage.ts';
import { question } from './ingest-run.ts';

export interface ReviewWorld {
  /** The curation's output folder. */
  readonly out: string;
  readonly media: string;
  /** By what the filter says of the scripted answers. */
  readonly kept: readonly Footage[];
  readonly rejected: readonly Footage[];
  /** Requests that the experts got. */
  readonly asked: number;
}

const row = (clip: Footage) => {
  const { name, question: problem, options = [], truth } = clip;
  const problem_type = options.length > 0 ? 'multiple choice' : 'numerical';
  const solution = `<answer>${truth}</answer>`;
  return question(name, name, {
    problem,
    options,
    problem_type,
    solution,
    data_source: clip.from.includes('opencv') ? 'opencv' : 'shared',
  });
};

async function succeed(...args: readonly string[]): Promise<string> {
  const { status, out, err } = await runCli(...args);
  if (status !== 0) throw new Error(`videorft ${args[0]} ended with ${status}: ${err}`);
  return out;
}

/** Curates all footage that is there, and `late.mp4`, whose bytes are gone when it is to be described. */
export async function makeReviewWorld(root: string): Promise<ReviewWorld> {
  const [media, set, out] = ['media', 'set', 'curated'].map((name) => join(root, name));
  mkdirSync(media, { recursive: true });
  const late: Footage = { ...footage[0], name: 'late.mp4', question: 'What is seen in the clip that got lost?' };
  const clips = [...footage, late];
  for (const clip of clips) placeClip(clip, media);
  writeFileSync(join(root, 'q.jsonl'), clips.map((clip) => `${JSON.stringify(row(clip))}\n`).join(''));
  await succeed('ingest', '--data', join(root, 'q.jsonl'), '--media-root', media, '--out', set);
  truncateSync(join(media, late.name), 0);
  await using experts = await startChatServer(footageExperts);
  const roles = ['describer', 'reasoner', 'refiner'].flatMap((role) => [
    `--experts.${role}.base-url`,
    experts.baseURL,
    `--experts.${role}.model`,
    role,
  ]);
  const curate = [
    'curate',
    '--data',
    join(set, 'train.jsonl'),
    '--media-root',
    media,
    '--out',
    out,
    ...roles,
    '--frames.max-frames',
    '8',
    '--frames.max-side',
    '256',
  ];
  // Where the command has it, what would be sent is looked at before.
  if ('preview' in curateConfigSchema.shape) await succeed(...curate, '--preview', '1');
  await succeed(...curate);
  const right = ({ revision, truth }: Footage) => revision[1] === truth;
  return {
    out,
    media,
    kept: footage.filter(right),
    rejected: footage.filter((clip) => !right(clip)),
    asked: experts.requests.length,
  };
}

export const countsOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
