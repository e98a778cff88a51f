// A look at some of the media, for estimates: what their frames weigh as JPEG and as tokens, and how long the prompts around them are.
// Leaves out: asking anybody.

import { stat } from 'node:fs/promises';
import { mediaPath } from '../data/media-root.ts';
import type { LocatedSample } from '../data/read.ts';
import type { ChatMessage } from '../llm/port.ts';
import { describeImagePrompt, imageSourceOf } from '../prompt/describe-image.ts';
import { describeVideoPrompt } from '../prompt/describe-video.ts';
import { judgePrompt } from '../prompt/judge.ts';
import { reasonPrompt } from '../prompt/reason.ts';
import { refinePrompt } from '../prompt/refine.ts';
import type { FramesConfig } from './config.ts';
import { isAboutFile, type MediaReader, type ReadMedia } from './media.ts';

/** One token of Qwen2.5-VL is 28 × 28 pixels; other vendors differ by small factors. */
const PIXELS_PER_TOKEN = 28 * 28;
const CHARACTERS_PER_TOKEN = 4;

/** Means over the media that were looked at. */
export interface MediaLook {
  readonly lookedAt: number;
  readonly undecodable: number;
  readonly framesPerMedia: number;
  readonly bytesPerMedia: number;
  /** Of the files themselves. */
  readonly fileBytesPerMedia: number;
  readonly imageTokens: number;
  /** Tokens of the prompts' words, without pictures, description and draft. */
  readonly words: {
    readonly describe: number;
    readonly reason: number;
    readonly refine: number;
    readonly judge: number;
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Tokens of so many pixels, about. */
export const pictureTokens = (pixels: number): number => pixels / PIXELS_PER_TOKEN;

/** Tokens of the words of a prompt, about. */
export function wordTokens(messages: readonly ChatMessage[]): number {
  const texts = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [content] : content.map((part) => (part.type === 'text' ? part.text : '')),
  );
  return texts.join('').length / CHARACTERS_PER_TOKEN;
}

function look({ sample }: LocatedSample, { images, durationSeconds, pixels }: ReadMedia, fileBytes: number) {
  const describe =
    sample.data_type === 'video'
      ? describeVideoPrompt({ images, durationSeconds })
      : describeImagePrompt(images[0], imageSourceOf(sample));
  return {
    frames: images.length,
    fileBytes,
    bytes: images.reduce((sum, { jpeg }) => sum + jpeg.length, 0),
    imageTokens: pictureTokens(pixels),
    describe: wordTokens(describe.messages),
    reason: wordTokens(reasonPrompt(sample, {}).messages),
    refine: wordTokens(refinePrompt(sample, { images, durationSeconds }, { think: '', answer: '' }).messages),
    judge: wordTokens(judgePrompt(sample, '').messages),
  };
}

/** Reads the media of these rows, one after the other; files that cannot be decoded are counted. Throws all else, the signal's reason too. */
export async function lookAtMedia(
  rows: readonly LocatedSample[],
  { mediaRoot, frames }: { readonly mediaRoot: string; readonly frames: FramesConfig },
  reader: MediaReader,
  signal?: AbortSignal,
): Promise<MediaLook> {
  const looks: ReturnType<typeof look>[] = [];
  for (const row of rows) {
    signal?.throwIfAborted();
    const file = mediaPath(mediaRoot, row.sample);
    const media = await reader.read(file, row.sample.data_type, frames).catch((error: unknown) => {
      signal?.throwIfAborted();
      if (!isAboutFile(error)) throw error;
    });
    if (media) looks.push(look(row, media, (await stat(file)).size));
  }
  const meanOf = (read: (each: ReturnType<typeof look>) => number) => mean(looks.map(read));
  return {
    lookedAt: rows.length,
    undecodable: rows.length - looks.length,
    framesPerMedia: meanOf(({ frames }) => frames),
    bytesPerMedia: meanOf(({ bytes }) => bytes),
    fileBytesPerMedia: meanOf(({ fileBytes }) => fileBytes),
    imageTokens: meanOf(({ imageTokens }) => imageTokens),
    words: {
      describe: meanOf(({ describe }) => describe),
      reason: meanOf(({ reason }) => reason),
      refine: meanOf(({ refine }) => refine),
      judge: meanOf(({ judge }) => judge),
    },
  };
}
