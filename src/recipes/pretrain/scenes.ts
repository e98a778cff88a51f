// Clips for pretraining: scene i of the training split, drawn to the micro profile's frames, some of them through the real codec.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clip, encodeVideo, frameIndices, loadClip, micro } from '../../media/index.ts';
import { generateScene, sceneSeed } from '../../world/generate.ts';
import { renderScene } from '../../world/render.ts';
import type { Scene } from '../../world/scene.ts';

export interface SceneClip {
  readonly scene: Scene;
  readonly clip: Clip;
}

/** A stream of scenes by index; every `1 / codecShare`-th clip is encoded as H.264 and decoded again. */
export class SceneStream {
  private readonly seed: number;
  private readonly every: number;
  private folder: Promise<string> | undefined;

  constructor(seed: number, codecShare: number) {
    this.seed = seed;
    this.every = codecShare > 0 ? Math.round(1 / codecShare) : Number.POSITIVE_INFINITY;
  }

  async at(index: number): Promise<SceneClip> {
    const scene = generateScene({ seed: sceneSeed(this.seed, 'train', index), split: 'train' });
    const coded = scene.data_type === 'video' && index % this.every === 0;
    return { scene, clip: coded ? await this.throughCodec(scene) : drawn(scene) };
  }

  async batch(step: number, size: number): Promise<SceneClip[]> {
    const out: SceneClip[] = [];
    for (let i = 0; i < size; i++) out.push(await this.at(step * size + i));
    return out;
  }

  private async throughCodec(scene: Scene): Promise<Clip> {
    this.folder ??= mkdtemp(join(tmpdir(), 'videorft-pretrain-'));
    const file = join(await this.folder, 'clip.mp4');
    await encodeVideo(file, renderScene(scene), { fps: scene.fps });
    return loadClip(file, micro);
  }

  async close(): Promise<void> {
    if (this.folder) await rm(await this.folder, { recursive: true, force: true });
  }
}

function drawn(scene: Scene): Clip {
  if (scene.data_type === 'image') {
    return {
      frames: renderScene(scene),
      sampledFps: 0,
      sourceFps: 0,
      sourceFrames: 1,
      durationSeconds: 0,
      indices: [0],
    };
  }
  const indices = frameIndices(scene.frames, micro.nframes);
  const durationSeconds = scene.frames / scene.fps;
  return {
    frames: renderScene(scene, indices),
    sampledFps: micro.nframes / durationSeconds,
    sourceFps: scene.fps,
    sourceFrames: scene.frames,
    durationSeconds,
    indices,
  };
}
