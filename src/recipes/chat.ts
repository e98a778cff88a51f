// One question about one video or image file, answered token by token. Leaves out: conversations of several turns, several files.

import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import type { SessionOptions } from '../engine/index.ts';
import { isPicture, loadClip } from '../media/index.ts';
import { Generator, loadTokenizer, type WeightType } from '../models/index.ts';
import { type PromptMode, trainingMessages } from '../prompt/train.ts';
import { type ProfileName, profiles } from './clips.ts';
import { companionsOf, openModel } from './shipped.ts';

export interface ChatQuestion {
  readonly question: string;
  readonly options: readonly string[];
  readonly file: string;
  readonly kind: 'video' | 'image';
  readonly mode: PromptMode;
  readonly profile: ProfileName;
}

export interface ChatOptions extends SessionOptions {
  readonly dtype?: WeightType;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Gets the answer piece by piece, as soon as its characters are whole. */
  readonly onText: (text: string) => void;
}

/** Decodes before the model is loaded, so that a bad file fails at once. Errors: media-…, chat-kind. */
async function clipOf({ file, kind, profile }: ChatQuestion) {
  const clip = await loadClip(file, profiles[profile].video);
  const found = isPicture(clip) ? 'image' : 'video';
  if (found === kind) return clip;
  throw new VideorftError(`${file} is ${found === 'image' ? 'a picture' : 'a video'}`, {
    code: 'chat-kind',
    facts: { file },
    fix: `use --${found} in place of --${kind}`,
  });
}

/** Answers with the model in `model`. Resolves to how the answer ended. Errors: media-…, model-…, aborted. */
export async function chat(model: string, asked: ChatQuestion, options: ChatOptions): Promise<'stop' | 'length'> {
  const clip = await clipOf(asked);
  const { onText, device, threads, dtype, ...sampling } = options;
  const loaded = await openModel(model, { merge: true, dtype });
  const text = (await loadTokenizer(await companionsOf(model))).stream();
  const sample: Pick<Sample, 'problem' | 'options' | 'problem_type' | 'data_type'> = {
    problem: asked.question,
    options: [...asked.options],
    problem_type: asked.options.length > 0 ? 'multiple choice' : 'free-form',
    data_type: asked.kind,
  };
  const messages = trainingMessages(sample, { mode: asked.mode, profile: profiles[asked.profile].prompt });
  const generator = new Generator(loaded, { device, threads });
  try {
    const [[{ finish }]] = await generator.generate([loaded.prepare(messages, clip)], loaded.weights, {
      ...sampling,
      numSamples: 1,
      onToken: (_, __, token) => onText(text.push(token)),
    });
    onText(text.end());
    return finish;
  } finally {
    await generator.dispose();
  }
}
