// What curation needs of the media files: frames as small JPEGs with their times. A port, so that the stages can be tested
// without a decoder; `createMediaReader` fulfils it with media/.

import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import { decodeClip, decodeImage, encodeJpeg, type Frame, resizeFrame } from '../media/index.ts';
import type { PromptImage } from '../prompt/stage-prompt.ts';
import type { FramesConfig } from './config.ts';

export interface ReadMedia {
  /** In order of time; one without a time for a still image. */
  readonly images: readonly PromptImage[];
  /** 0 for a still image. */
  readonly durationSeconds: number;
  /** Of all images together. */
  readonly pixels: number;
}

export interface MediaReader {
  /** Throws for a file that cannot be decoded; the sample is then quarantined with the error's reason. */
  read(file: string, kind: Sample['data_type'], frames: FramesConfig): Promise<ReadMedia>;
}

/** Whether the file is to blame: neither the machine ('media-native', which every file would meet) nor the run. */
export const isAboutFile = (error: unknown): boolean =>
  error instanceof VideorftError && error.code.startsWith('media-') && error.code !== 'media-native';

/** The frame, shrunk until neither side is longer than `maxSide`; never enlarged. */
export function shrink(frame: Frame, maxSide: number): Frame {
  const scale = maxSide / Math.max(frame.width, frame.height);
  if (scale >= 1) return frame;
  const size = (side: number) => Math.max(1, Math.round(side * scale));
  return resizeFrame(frame, size(frame.height), size(frame.width));
}

async function pictureOf(frame: Frame, quality: number): Promise<PromptImage> {
  return { jpeg: await encodeJpeg(frame, quality), width: frame.width, height: frame.height };
}

/** The reader over media/: videos at `describeFps`, first and last frame included, each source frame once. */
export function createMediaReader(): MediaReader {
  return {
    async read(file, kind, { describeFps, maxFrames, maxSide, imageMaxSide, jpegQuality }) {
      if (kind === 'image') {
        const frame = shrink(await decodeImage(file), imageMaxSide);
        const images = [await pictureOf(frame, jpegQuality)];
        return { images, durationSeconds: 0, pixels: frame.width * frame.height };
      }
      const transform = (frame: Frame) => shrink(frame, maxSide);
      const clip = await decodeClip(file, { fps: describeFps, maxFrames }, { transform });
      const frames = clip.frames.filter((_, i) => i === 0 || clip.indices[i] !== clip.indices[i - 1]);
      const images: PromptImage[] = [];
      for (const frame of frames) {
        images.push({ ...(await pictureOf(frame, jpegQuality)), timeSeconds: frame.time });
      }
      const pixels = frames.reduce((sum, { width, height }) => sum + width * height, 0);
      return { images, durationSeconds: clip.durationSeconds, pixels };
    },
  };
}
