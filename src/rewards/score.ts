// Rewards of whole groups: every completion of every sample of a batch, with one call to the text tower per batch and
// one pass of the image tower per video and run. Samples that cannot be scored come back as errors, never as zeros.
// Leaves out: advantages (train/), counting the samples set aside (the caller).
import { VideorftError } from '../base/errors.ts';
import { mapPool } from '../base/pool.ts';
import type { Sample } from '../data/sample.ts';
import { type ParsedCompletion, parseCompletion } from '../prompt/parse.ts';
import { accuracyReward } from './accuracy/score.ts';
import type { Verdict } from './accuracy/verdict.ts';
import type { Embedder } from './embedder.ts';
import { formatReward } from './format.ts';
import type { RewardOptions } from './options.ts';
import { type Directions, semanticReward } from './semantic.ts';
import { type SpanResult, semanticSpan } from './span.ts';
import { lengthBonuses, totalReward } from './total.ts';
import { type ClipSource, VideoEmbeddingCache } from './video-cache.ts';

export interface Completion {
  readonly text: string;
  /** Completion tokens; only the length bonus needs them. */
  readonly tokens?: number;
}

export interface Group {
  readonly sample: Sample;
  readonly completions_G: readonly Completion[];
  /** The sample's clip; needed unless the semantic part is off. */
  readonly clip?: ClipSource;
  /** Key of the embedding cache; the sample's path unless given. */
  readonly mediaKey?: string;
}

export interface CompletionScore {
  readonly format: number;
  readonly accuracy: number;
  /** R_s before the gate; null when it was not measured (no embedder, or no clip while the part is off). */
  readonly semantic: number | null;
  readonly lengthBonus: number;
  /** Eq. 6. */
  readonly total: number;
  /** Why a part is 0, for people; empty when every part could be read. */
  readonly reasons: readonly string[];
  /** Where the scored span starts and the reasoning ends, UTF-16 offsets in the completion; null without one. */
  readonly span: { readonly start: number; readonly end: number } | null;
}

export type GroupResult =
  | { readonly ok: true; readonly scores_G: readonly CompletionScore[] }
  | { readonly ok: false; readonly error: VideorftError };

export interface RewardScorer {
  /** Scores a batch; a sample whose truth or video cannot be read gives `ok: false`, other failures throw. */
  scoreBatch(groups: readonly Group[]): Promise<GroupResult[]>;
}

interface ReadCompletion {
  readonly parsed: ParsedCompletion;
  readonly format: number;
  readonly accuracy: Verdict;
  readonly span: SpanResult | undefined;
  readonly tokens: number | undefined;
}

type ReadGroup =
  | { readonly ok: true; readonly read_G: readonly ReadCompletion[]; readonly directions: Directions | undefined }
  | { readonly ok: false; readonly error: VideorftError };

function readCompletion(
  sample: Sample,
  { text, tokens }: Completion,
  options: RewardOptions,
  semantic: boolean,
): ReadCompletion {
  const parsed = parseCompletion(text, options);
  const whole = options.prefilledThink ? `<think>${text}` : text;
  return {
    parsed,
    format: formatReward(parsed, whole, options.format),
    accuracy: accuracyReward(sample, parsed.answer, options.accuracy),
    span: semantic ? semanticSpan(text, parsed, options.span) : undefined,
    tokens,
  };
}

function reasonsOf({ parsed, format, accuracy, span }: ReadCompletion): string[] {
  const prefilled = parsed.looksPrefilled ? ['</think> without <think>: does the chat template prefill it?'] : [];
  return [
    ...(format === 0 ? parsed.violations.map((violation) => `format: ${violation}`) : []),
    ...prefilled.map((hint) => `format: ${hint}`),
    ...(accuracy.reason ? [`accuracy: ${accuracy.reason}`] : []),
    ...(span && !span.span ? [`semantic: ${span.reason}`] : []),
  ];
}

function scoreRead(
  read_G: readonly ReadCompletion[],
  semantic_G: readonly (number | null)[],
  options: RewardOptions,
): CompletionScore[] {
  const right = read_G.map(({ accuracy, tokens }) => ({ accuracy: accuracy.value, tokens }));
  const bonuses = options.lengthBonus ? lengthBonuses(right, options.lengthBonus) : read_G.map(() => 0);
  return read_G.map((read, g) => {
    const parts = {
      format: read.format,
      accuracy: read.accuracy.value,
      semantic: semantic_G[g],
      lengthBonus: bonuses[g],
    };
    const span = read.span?.span;
    return {
      ...parts,
      total: totalReward(parts, options),
      reasons: reasonsOf(read),
      span: span ? { start: span.start, end: span.end } : null,
    };
  });
}

/** Embeddings of the distinct spans of a batch, in one call. */
async function embedSpans(
  groups: readonly ReadGroup[],
  embedder: Embedder,
  maxTokens: number,
): Promise<Map<string, Float32Array>> {
  const texts = groups.flatMap((group) => (group.ok ? group.read_G.flatMap(({ span }) => span?.span?.text ?? []) : []));
  const distinct = [...new Set(texts)];
  if (distinct.length === 0) return new Map();
  const embeddings = await embedder.embedTexts(distinct, maxTokens);
  if (embeddings.length !== distinct.length) {
    throw new VideorftError('The embedder returned another number of embeddings than it got texts.', {
      code: 'embedding-broken',
      facts: { embedder: embedder.name, expected: distinct.length, got: embeddings.length },
    });
  }
  return new Map(distinct.map((text, i) => [text, embeddings[i]]));
}

/** Groups that are read at once: while one video is decoded, another may be embedded. */
const READ_AT_ONCE = 4;

/**
 * One scorer per run: it owns the video embeddings, unless it is given a cache with the embedder in it. Without an embedder the semantic part must be off; with one, R_s is
 * measured also where it is off, so that ablations can be compared.
 * @throws VideorftError reward-no-embedder.
 */
export function createRewardScorer(
  embeddings: Embedder | VideoEmbeddingCache | undefined,
  options: RewardOptions = {},
): RewardScorer {
  const counted = options.parts?.semantic !== false;
  if (counted && !embeddings) {
    throw new VideorftError('The semantic reward needs an embedder.', {
      code: 'reward-no-embedder',
      fix: 'Give a SigLIP model, or turn the semantic part off.',
    });
  }
  const videos =
    embeddings && !(embeddings instanceof VideoEmbeddingCache)
      ? new VideoEmbeddingCache(embeddings, options.pooling)
      : embeddings;

  const read = async ({ sample, completions_G, clip, mediaKey }: Group): Promise<ReadGroup> => {
    try {
      const read_G = completions_G.map((completion) => readCompletion(sample, completion, options, !!videos));
      if (counted && clip === undefined) throw noClip(sample);
      if (!videos || clip === undefined) return { ok: true, read_G, directions: undefined };
      return { ok: true, read_G, directions: await videos.get(mediaKey ?? sample.path, clip) };
    } catch (error) {
      if (error instanceof VideorftError && !runFailures.has(error.code)) return { ok: false, error };
      throw error;
    }
  };

  const semanticOf = (
    { span }: ReadCompletion,
    directions: Directions | undefined,
    texts: Map<string, Float32Array>,
  ) => {
    const embedding = span?.span && texts.get(span.span.text);
    if (!directions) return null;
    return embedding ? semanticReward(embedding, directions, options.w ?? 2) : 0;
  };

  return {
    async scoreBatch(groups) {
      const read_P = await mapPool(groups, READ_AT_ONCE, read);
      const texts = videos ? await embedSpans(read_P, videos.embedder, options.maxTokens ?? 64) : new Map();
      return read_P.map((group) => {
        if (!group.ok) return group;
        const semantic_G = group.read_G.map((completion) => semanticOf(completion, group.directions, texts));
        return { ok: true, scores_G: scoreRead(group.read_G, semantic_G, options) };
      });
    },
  };
}

/** Failures of the embedder and of the caller are the run's, not the sample's. */
const runFailures = new Set(['embedding-broken', 'reward-no-clip']);

function noClip(sample: Sample): VideorftError {
  return new VideorftError('The semantic reward needs the clip of the sample.', {
    code: 'reward-no-clip',
    facts: { sample: sample.problem_id, media: sample.path },
    fix: 'Pass `clip`, or turn the semantic part off.',
  });
}

export interface ScoreGroupInputs extends Omit<Group, 'sample' | 'completions_G'> {
  readonly embedder?: Embedder;
  readonly options?: RewardOptions;
}

/**
 * One group, once: for scripts and servers. Runs use one `createRewardScorer`, which remembers videos.
 * @throws VideorftError when the sample's truth or video cannot be read.
 */
export async function scoreGroup(
  sample: Sample,
  completions_G: readonly Completion[],
  { embedder, options, ...media }: ScoreGroupInputs = {},
): Promise<readonly CompletionScore[]> {
  const [result] = await createRewardScorer(embedder, options).scoreBatch([{ sample, completions_G, ...media }]);
  if (!result.ok) throw result.error;
  return result.scores_G;
}
