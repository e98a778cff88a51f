// How a seeing expert is shown a video: as frames with their times, as one video made of the frames, or as the file itself, in the request,
// uploaded, or at an address where the expert's server finds it. Still images always go as pictures.
import type { Sample } from '../data/sample.ts';
import type { VideoSource } from '../llm/port.ts';
import { videoAt, videoFile } from '../llm/video-form.ts';
import type { PromptMedia } from '../prompt/stage-prompt.ts';
import type { ExpertConfig } from './config.ts';
import type { ReadMedia } from './media.ts';

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
  if (video === 'video_url' && videoURL !== undefined) return videoAt(videoURL, sample.path);
  return videoFile(file, video === 'file' ? 'upload' : 'bytes');
}
