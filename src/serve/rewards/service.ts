// Groups → their rewards: media found and embedded once per content, completions scored, everything counted. What the HTTP side needs to know
// of rewards ends here.
import { VideorftError } from '../../base/errors.ts';
import { mapPool } from '../../base/pool.ts';
import type { VideoProfile } from '../../media/index.ts';
import {
  createRewardScorer,
  type Embedder,
  type Group,
  type GroupResult,
  type RewardOptions,
  type RewardScorer,
  VideoEmbeddingCache,
} from '../../rewards/index.ts';
import { BatchingEmbedder } from './batching.ts';
import { RewardMedia } from './media.ts';
import type { Metrics } from './metrics.ts';
import type { RewardServeOptions } from './options.ts';
import type { WireGroup } from './protocol/calls.ts';

export interface ServedRewards {
  /** Absent: the semantic part is off. */
  readonly embedder?: Embedder & { close?(): Promise<void> };
  readonly rewards: RewardOptions;
  /** Frames of a video. */
  readonly profile: VideoProfile;
}

/** Files of one request that are looked for at once. */
const LOCATE_AT_ONCE = 8;

export class RewardService {
  readonly semantic: boolean;
  private readonly served: ServedRewards;
  private readonly scorer: RewardScorer;
  private readonly media: RewardMedia | undefined;
  private readonly metrics: Metrics;

  constructor(served: ServedRewards, options: RewardServeOptions, metrics: Metrics) {
    const { embedder, rewards, profile } = served;
    const { mediaRoot: root, cacheBytes } = options;
    this.served = served;
    this.metrics = metrics;
    this.semantic = embedder !== undefined && root !== undefined;
    const batching = embedder && new BatchingEmbedder(embedder);
    const videos = batching && new VideoEmbeddingCache(batching, rewards.pooling, cacheBytes);
    this.media = root === undefined || !embedder ? undefined : new RewardMedia({ root, profile, limits: options });
    this.scorer = createRewardScorer(this.semantic ? videos : undefined, rewards);
    if (batching && videos) watchEmbeddings(metrics, batching, videos);
  }

  /** Whether rewards need all completions of a question at once. */
  get needsGroups(): boolean {
    return this.served.rewards.lengthBonus !== undefined;
  }

  get name(): string {
    return this.served.embedder?.name ?? 'none';
  }

  /** In the order of the groups; a sample that cannot be scored is its own error. Other failures throw. */
  async score(groups: readonly WireGroup[]): Promise<GroupResult[]> {
    const located = await mapPool(groups, LOCATE_AT_ONCE, (group) => this.locate(group));
    const usable = located.filter((found): found is Group => !(found instanceof VideorftError));
    const scored = (await this.scorer.scoreBatch(usable)).values();
    const results = located.map(
      (found): GroupResult =>
        found instanceof VideorftError ? { ok: false, error: found } : (scored.next().value as GroupResult),
    );
    for (const result of results) this.count(result);
    return results;
  }

  private async locate({ sample, completions_G }: WireGroup): Promise<Group | VideorftError> {
    if (!this.media) return { sample, completions_G };
    try {
      const { key, decode } = await this.media.locate(sample);
      return { sample, completions_G, clip: decode, mediaKey: key };
    } catch (error) {
      if (error instanceof VideorftError && error.code.startsWith('media-')) return error;
      throw error;
    }
  }

  private count(result: GroupResult): void {
    const { metrics } = this;
    if (!result.ok) {
      metrics.add('videorft_rewards_sample_errors_total', 'Samples that could not be scored.', 1, {
        code: result.error.code,
      });
      return;
    }
    for (const { format, accuracy, semantic, total } of result.scores_G) {
      metrics.add('videorft_rewards_completions_total', 'Completions that were scored.');
      for (const [part, value] of Object.entries({ format, accuracy, semantic, total }))
        if (value !== null)
          metrics.add('videorft_rewards_value_total', 'Sum of a part of the rewards.', value, { part });
    }
  }

  stopMedia(): Promise<void> {
    return this.media?.close() ?? Promise.resolve();
  }

  async close(): Promise<void> {
    await this.stopMedia();
    await this.served.embedder?.close?.();
  }
}

function watchEmbeddings(metrics: Metrics, { frames, texts }: BatchingEmbedder, videos: VideoEmbeddingCache): void {
  for (const [tower, count] of Object.entries({ image: frames, text: texts })) {
    const labels = { tower };
    metrics.watch('videorft_embedding_passes_total', 'counter', 'Passes of a tower.', () => count.passes, labels);
    metrics.watch('videorft_embedding_rows_total', 'counter', 'Frames or texts in them.', () => count.rows, labels);
    metrics.watch(
      'videorft_embedding_shared_passes_total',
      'counter',
      'Passes of several requests.',
      () => count.shared,
      labels,
    );
  }
  const cache = (name: string, type: 'counter' | 'gauge', help: string, key: keyof VideoEmbeddingCache['stats']) =>
    metrics.watch(`videorft_video_cache_${name}`, type, help, () => videos.stats[key]);
  cache('hits_total', 'counter', 'Videos whose embedding was known.', 'hits');
  cache('misses_total', 'counter', 'Videos that were decoded and embedded.', 'misses');
  cache('videos', 'gauge', 'Videos whose embedding is known.', 'videos');
  cache('bytes', 'gauge', 'Bytes of the embeddings that are kept.', 'bytes');
}
