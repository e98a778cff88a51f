// What a media file is and whether it decodes: run in a process of its own (child.ts), for a damaged file may take its reader along.
import { VideorftError } from '../../base/errors.ts';
import { sha256File } from '../../base/hash.ts';
import { decodeClip, decodeImage, inspectFile, probeEnds } from '../../media/index.ts';
import { isPictureName } from '../media-names.ts';

export interface LookSettings {
  readonly depth: 'ends' | 'whole' | 'none';
  readonly timeoutMs: number;
  readonly maxPixels: number;
  readonly maxSeconds: number;
}

export interface MediaFacts {
  readonly kind: 'video' | 'image';
  readonly sha256: string;
  readonly width?: number;
  readonly height?: number;
  /** 0 for a picture; absent where nothing was decoded. */
  readonly seconds?: number;
  readonly frames?: number;
  readonly fps?: number;
  readonly codec?: string;
  /** Where the file contradicts itself and is usable all the same. */
  readonly notes?: readonly string[];
}

/** Frames that a pass over the whole video keeps, small; it decodes all up to the last. */
const KEPT_FRAMES = 4;

/** Throws as media/ does, and 'media-too-long'. */
export async function lookAt(file: string, settings: LookSettings): Promise<MediaFacts> {
  const { kind: found } = await inspectFile(file);
  const kind = found === 'image' || (found !== 'video' && isPictureName(file)) ? 'image' : 'video';
  const facts = kind === 'image' ? await lookAtImage(file, settings) : await lookAtVideo(file, settings);
  return { kind, sha256: await sha256File(file), ...facts };
}

type Seen = Omit<MediaFacts, 'kind' | 'sha256'>;

async function lookAtImage(file: string, { depth, maxPixels }: LookSettings): Promise<Seen> {
  if (depth === 'none') return {};
  const { width, height } = await decodeImage(file, { maxPixels });
  return { width, height, seconds: 0, frames: 1 };
}

async function lookAtVideo(file: string, { depth, timeoutMs, maxPixels, maxSeconds }: LookSettings): Promise<Seen> {
  if (depth === 'none') return {};
  const info = await probeEnds(file, { timeoutMs, maxPixels });
  const { width, height, durationSeconds: seconds, frameCount: frames, fps, codec } = info;
  if (seconds > maxSeconds) throw tooLong(file, seconds, maxSeconds);
  if (depth === 'ends') return { width, height, seconds, frames, fps, codec, notes: info.notes };
  const whole = await decodeClip(
    file,
    { nframes: KEPT_FRAMES },
    { timeoutMs, transform: (frame) => ({ ...frame, data: NOTHING }) },
  );
  return { width, height, seconds, frames: whole.sourceFrames, fps, codec, notes: whole.notes };
}

const NOTHING = new Uint8Array(0);

const tooLong = (file: string, seconds: number, maxSeconds: number) =>
  new VideorftError(`${file}: ${seconds.toFixed(1)} s are more than ${maxSeconds}`, {
    code: 'media-too-long',
    facts: { file, seconds, maxSeconds },
    fix: 'Cut it, or raise probe.maxSeconds.',
  });
