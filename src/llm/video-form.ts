// How a server is shown a video: as frames, as one video made of the frames, or as the file itself, in the request, uploaded, or at an address where
// the server finds it. Leaves out: frames as pictures, which are no video on the wire.
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import type { VideoSource } from './port.ts';

const mimeTypes: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
  '.mkv': 'video/x-matroska',
  '.avi': 'video/x-msvideo',
  '.mpg': 'video/mpeg',
  '.mpeg': 'video/mpeg',
};

/** By the file's ending; mp4 where it has none that is known. */
const videoMimeType = (file: string): string => mimeTypes[extname(file).toLowerCase()] ?? 'video/mp4';

/** Largest file that goes out with a request: it is held in memory, in base64 where it is part of the body. */
const MAX_BYTES = 100e6;

/** The file at an address below which the server finds all, each part of its path encoded. */
export function videoAt(address: string, path: string): VideoSource {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const url = `${address.replace(/\/+$/, '')}/${parts.map(encodeURIComponent).join('/')}`;
  return { kind: 'url', url, mimeType: videoMimeType(path) };
}

/** The whole file, to be sent. Throws 'media-too-large'. */
export async function videoFile(file: string, kind: 'bytes' | 'upload'): Promise<VideoSource> {
  const { size } = await stat(file);
  if (size <= MAX_BYTES) return { kind, data: await readFile(file), mimeType: videoMimeType(file) };
  throw new VideorftError(`${file} is too large to be sent whole.`, {
    code: 'media-too-large',
    facts: { file, bytes: size, limit: MAX_BYTES },
    fix: 'Send frames in its place (video: frames), or name the address where the server finds the files (videoURL, for eval --media-url).',
  });
}

/** vLLM's fields for a video that is sent as its frames: all of them, at their rate, and nothing sampled again. */
export const framesFields = (count: number, fps: number, durationSeconds: number) => ({
  media_io_kwargs: {
    video: {
      num_frames: count,
      total_num_frames: count,
      fps,
      duration: durationSeconds,
      frames_indices: Array.from({ length: count }, (_, i) => i),
      do_sample_frames: false,
    },
  },
  mm_processor_kwargs: { fps, do_sample_frames: false },
});
