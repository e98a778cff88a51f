// Sample → clip and prompt under a video profile, for every stage that trains or asks. Clips are decoded once and kept. A view takes
// something away, for the baselines: the whole video, or all frames but one. Leaves out: reading sample files (inputs.ts).
import type { Prompt } from '../backends/port.ts';
import { mediaPath } from '../data/index.ts';
import type { Sample } from '../data/sample.ts';
import { refuseOtherKind } from '../evaluate/index.ts';
import { type Clip, ClipCache, micro, paperEval, paperTrain, type VideoProfile } from '../media/index.ts';
import { type PromptMode, type PromptProfile, promptText, trainingMessages } from '../prompt/train.ts';

export type View = 'full' | 'blind' | 'single-frame';

/** Each profile's frames, and the wording of the prompts that goes with them. */
export const profiles = {
  micro: { video: micro, prompt: 'micro' },
  paperTrain: { video: paperTrain, prompt: 'paper' },
  paperEval: { video: paperEval, prompt: 'paper' },
} as const satisfies Record<string, { readonly video: VideoProfile; readonly prompt: PromptProfile }>;

export type ProfileName = keyof typeof profiles;
export const profileNames = ['micro', 'paperTrain', 'paperEval'] as const satisfies readonly ProfileName[];

export interface ClipSourceOptions {
  readonly view?: View;
  readonly profile?: ProfileName;
}

export class ClipSource {
  private readonly root: string;
  private readonly view: View;
  private readonly profile: (typeof profiles)[ProfileName];
  private readonly cache = new ClipCache();
  private readonly frozen = new WeakMap<Clip, Clip>();

  /** `root`: the folder that samples' paths start from. Default: full view, micro profile. */
  constructor(root: string, { view = 'full', profile = 'micro' }: ClipSourceOptions = {}) {
    this.root = root;
    this.view = view;
    this.profile = profiles[profile];
  }

  /** The sample's clip as this view shows it; undefined when it shows nothing. Errors: media-…. */
  async clip(sample: Sample): Promise<Clip | undefined> {
    if (this.view === 'blind') return undefined;
    const clip = await this.cache.get(mediaPath(this.root, sample), this.profile.video);
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

  /** What a backend is given for the sample. Errors: media-…, media-kind where file and data_type disagree. */
  async prompt(sample: Sample, mode: PromptMode = 'think'): Promise<Prompt> {
    const options = { mode, profile: this.profile.prompt } as const;
    const id = String(sample.problem_id);
    const clip = await this.clip(sample);
    if (!clip) return { id, messages: [{ role: 'user', content: promptText(sample, options) }] };
    refuseOtherKind(sample, clip);
    return { id, messages: trainingMessages(sample, options), clip };
  }
}
