// For the reward server's tests: the shipped micro SigLIP behind it on a free port, clips of the micro-world, the files that no decoder can
// use, and completions about them.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { micro } from '../../src/media/index.ts';
import { loadEmbedder } from '../../src/models/index.ts';
import { microEmbedder } from '../../src/recipes/shipped.ts';
import type { Embedder, RewardOptions } from '../../src/rewards/index.ts';
import { type RewardServeInput, startRewardServer } from '../../src/serve/index.ts';
import { type MediaFolder, makeMedia } from './serve-world.ts';

let loaded: Promise<Embedder> | undefined;

/** The micro SigLIP, loaded once and never closed. */
export function microSiglip(): Promise<Embedder> {
  loaded ??= loadEmbedder(microEmbedder, { threads: 1 }).then((e) => ({
    name: e.name,
    embedTexts: (texts, max) => e.embedTexts(texts, max),
    embedFrames: (frames) => e.embedFrames(frames),
  }));
  return loaded;
}

export interface RewardServing extends AsyncDisposable {
  readonly origin: string;
  stop(): Promise<void>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The groups of the batch route's answer. */
  rewards(groups: readonly object[]): Promise<WireResult[]>;
  metrics(): Promise<ReadonlyMap<string, number>>;
}

export interface WireResult {
  readonly scores?: readonly {
    readonly total: number;
    readonly format: number;
    readonly accuracy: number;
    readonly semantic: number | null;
    readonly length_bonus: number;
    readonly reasons: readonly string[];
  }[];
  readonly error?: { readonly code: string; readonly message: string; readonly fix?: string };
}

export interface RewardServerInput {
  readonly options?: RewardServeInput;
  readonly rewards?: RewardOptions;
  readonly embedder?: Embedder;
  readonly env?: Record<string, string>;
}

export async function serveRewardsOf({ options, rewards = { w: 1 }, embedder, env }: RewardServerInput) {
  const served = { embedder: embedder ?? (await microSiglip()), rewards, profile: micro };
  const server = await startRewardServer(served, { port: 0, graceSeconds: 1, ...options }, { env });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    ...server,
    post,
    rewards: async (groups) => {
      const response = await post('/v1/rewards', { groups });
      if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
      return ((await response.json()) as { groups: WireResult[] }).groups;
    },
    metrics: async () => parseMetrics(await (await fetch(`${server.origin}/metrics`)).text()),
    [Symbol.asyncDispose]: server.stop,
  } satisfies RewardServing as RewardServing;
}

/** Sample names with their labels → values. Throws for a line that the text format does not allow. */
export function parseMetrics(text: string): Map<string, number> {
  const out = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (type) typed.add(type[1]);
    if (type || /^# HELP [a-z_]+ \S.*$/.test(line)) continue;
    const [, key, name, value] =
      /^(([a-z_]+)(?:\{(?:[a-z]+="(?:[^"\\\n]|\\[\\n"])*",?)+\})?) ([-+.\deE]+)$/.exec(line) ?? [];
    if (key === undefined || (!typed.has(name.replace(/_(bucket|sum|count)$/, '')) && !typed.has(name)))
      throw new Error(`no line of metrics: ${line}`);
    out.set(key, Number(value));
  }
  return out;
}

/** A folder of clips, and samples about them: the path as data sets have it. */
export async function rewardMedia(
  clips = 3,
): Promise<MediaFolder & { sample(i: number, more?: object): WireSampleLike }> {
  const media = await makeMedia(clips);
  const root = pathToFileURL(`${media.dir}/`).href;
  return {
    ...media,
    sample: (i, more = {}) => ({
      problem_id: i,
      problem_type: 'multiple choice',
      data_type: 'video',
      options: ['A. red', 'B. blue'],
      solution: '<answer>A</answer>',
      path: `./${media.clips[i].slice(root.length)}`,
      ...more,
    }),
  };
}

export interface WireSampleLike {
  readonly problem_id: number | string;
  readonly path: string;
  readonly solution: string;
  readonly [key: string]: unknown;
}

/** Path of a bad file as a sample names it. */
export const badPath = (media: MediaFolder, name: string): string =>
  join('.', decodeURIComponent(media.bad[name]).slice(pathToFileURL(`${media.dir}/`).href.length));

export const completion = (answer: string, seen = 'A red circle moves to the right.'): string =>
  `<think>What moves? ${seen} So it is ${answer}.</think>\n<answer>${answer}</answer>`;
