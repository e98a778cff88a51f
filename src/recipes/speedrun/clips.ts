// Sample → clip and prompt, for every stage of the run. A view takes something away, for the baselines: the whole video, or all frames
// but one. Clips are decoded once and kept.
import { join } from 'node:path';
import type { Prompt } from '../../backends/port.ts';
import type { Sample } from '../../data/sample.ts';
import { type Clip, ClipCache, micro } from '../../media/index.ts';
import { type PromptMode, promptText, trainingMessages } from '../../prompt/train.ts';

export type View = 'full' | 'blind' | 'single-frame';

export class ClipSource {
  private readonly root: string;
  private readonly view: View;
  private readonly cache = new ClipCache();
  private readonly frozen = new WeakMap<Clip, Clip>();

  constructor(root: string, view: View = 'full') {
    this.root = root;
    this.view = view;
  }

  /** The sample's clip as this view shows it; undefined when it shows nothing. Errors: media-…. */
  async clip(sample: Sample): Promise<Clip | undefined> {
    if (this.view === 'blind') return undefined;
    const clip = await this.cache.get(join(this.root, sample.path), micro);
    return this.view === 'full' ? clip : this.freeze(clip);
  }

  /** The middle frame in place of every frame. */
  private freeze(clip: Clip): Clip {
    let still = this.frozen.get(clip);
    if (!still) {
      const frame = clip.frames[clip.frames.length >> 1];
      still = { ...clip, frames: clip.frames.map(({ time }) => ({ ...frame, time })) };
      this.frozen.set(clip, still);
    }
    return still;
  }

  async prompt(sample: Sample, mode: PromptMode = 'think'): Promise<Prompt> {
    const options = { mode, profile: 'micro' } as const;
    const id = String(sample.problem_id);
    if (this.view === 'blind') return { id, messages: [{ role: 'user', content: promptText(sample, options) }] };
    return { id, messages: trainingMessages(sample, options), clip: await this.clip(sample) };
  }
}
