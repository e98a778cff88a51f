// How a seeing expert is shown a video: as frames with their times, as one video made of the frames, or as the file itself, in the request,
// uploaded, or at an address where the expert's server finds it. Still images always go as pictures.
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import type { VideoSource } from '../llm/port.ts';
import type { PromptMedia } from '../prompt/stage-prompt.ts';
import type { ExpertConfig } from './config.ts';
import type { ReadMedia } from './media.ts';

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

/** Largest file that goes out with a request: it is held in memory, in base64 where it is part of the body. */
const MAX_BYTES = 100e6;

export type VideoForm = Pick<ExpertConfig, 'video' | 'videoURL'>;

/** What of the form answers depend on: where the server finds the file does not matter, nor does anything for still images. */
export const formOf = ({ data_type }: Sample, { video }: VideoForm): object =>
  data_type === 'video' && video !== 'frames' ? { video } : {};

/** Throws 'media-too-large' for a file that would be sent whole. */
export async function showMedia(sample: Sample, file: string, read: ReadMedia, form: VideoForm): Promise<PromptMedia> {
  const { images, durationSeconds } = read;
  if (sample.data_type === 'image' || form.video === 'frames') return { images, durationSeconds };
  return { images, durationSeconds, video: await sourceOf(sample, file, read, form) };
}

async function sourceOf(
  sample: Sample,
  file: string,
  { images, durationSeconds }: ReadMedia,
  { video, videoURL }: VideoForm,
): Promise<VideoSource> {
  if (video === 'jpeg_video') {
    const timesSeconds = images.map(({ timeSeconds = 0 }) => timeSeconds);
    return { kind: 'jpegs', jpegs: images.map(({ jpeg }) => jpeg), timesSeconds, durationSeconds };
  }
  const mimeType = mimeTypes[extname(file).toLowerCase()] ?? 'video/mp4';
  if (video === 'video_url' && videoURL !== undefined)
    return { kind: 'url', url: addressOf(sample, videoURL), mimeType };
  const { size } = await stat(file);
  if (size > MAX_BYTES) throw tooLarge(file, size);
  return { kind: video === 'file' ? 'upload' : 'bytes', data: await readFile(file), mimeType };
}

/** The sample's path below the address, each part of it encoded. */
function addressOf({ path }: Sample, videoURL: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `${videoURL.replace(/\/+$/, '')}/${parts.map(encodeURIComponent).join('/')}`;
}

const tooLarge = (file: string, size: number) =>
  new VideorftError(`${file} is too large to be sent whole.`, {
    code: 'media-too-large',
    facts: { file, bytes: size, limit: MAX_BYTES },
    fix: "Set the expert's video to frames, or videoURL to where its server finds the files.",
  });
