// How an endpoint is shown the video of a question: as ordered pictures, as one video of the same frames, or as the file, of
// which the server chooses and sizes frames by itself. Of the last, a row says what was sent and asked for, and nothing of what was seen. Leaves out:
// the wire (llm/).
import type { Prompt } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import { sha256File } from '../base/hash.ts';
import { mediaPath } from '../data/index.ts';
import { type VideoSource, videoAt, videoFile } from '../llm/index.ts';
import { inspectFile } from '../media/index.ts';
import type { Protocol } from './protocol.ts';
import type { Question } from './question.ts';

export const sentForms = ['frames', 'jpeg_video', 'video_url'] as const;
export type SentForm = (typeof sentForms)[number];

/** The protocol's budget in the words of the servers that take it. */
export interface AskedFrames {
  readonly num_frames: number;
  readonly min_pixels: number;
  readonly max_pixels: number;
}

/** Of a row; absent: no video, or a model in this process, which is given one video of the frames. */
export type SentVideo =
  | { readonly form: 'frames' | 'jpeg_video' }
  | {
      readonly form: 'video_url';
      /** In the request, or an address of this kind. */
      readonly by: string;
      /** Of the file that was sent; null: the server has its own. */
      readonly sha256: string | null;
      readonly asked: AskedFrames;
    };

/** A prompt as an endpoint gets it. */
export interface ShownPrompt extends Prompt {
  readonly sent?: SentVideo;
  /** The file or its address in place of a clip. */
  readonly whole?: () => Promise<VideoSource>;
}

/** Does something with the file at an absolute path, wherever it is. */
export type UseFile = <T>(file: string, work: (file: string) => Promise<T>) => Promise<T>;

/** Why the question cannot be asked about a whole video file; undefined where it can. */
export function notWhole(
  { window, frameFps, subtitleFile }: Question,
  { clipBounds, frameFolders, subtitles }: Protocol,
): string | undefined {
  if (frameFps !== undefined) return frameFolders === 'hide' ? undefined : 'is about a folder of pictures';
  if (window !== undefined && clipBounds === 'cut') return 'is about a part of its video';
  return subtitles && subtitleFile !== undefined ? 'has subtitles of the frames that are shown' : undefined;
}

/** Whether there is a video to send: neither a picture nor a folder that the protocol does not show. */
export const isWhole = ({ data_type, frameFps }: Question, { frameFolders }: Protocol): boolean =>
  data_type === 'video' && !(frameFps !== undefined && frameFolders === 'hide');

function refusePart(question: Question, protocol: Protocol): void {
  const reason = notWhole(question, protocol);
  if (reason === undefined) return;
  throw new VideorftError(`the question ${reason}, and cannot be asked about a whole video`, {
    code: 'evaluation-part',
    facts: { question: question.problem_id, file: question.path },
    fix: 'send frames (--video frames or jpeg_video)',
  });
}

/** Refuses what a server could make nothing of. The file's hash. */
async function checkedHash(file: string): Promise<string> {
  const { kind } = await inspectFile(file);
  if (kind === 'video' || kind === 'unknown') return sha256File(file);
  throw new VideorftError(`${file} is no video, but ${kind === 'image' ? 'a picture' : 'a text'}`, {
    code: 'media-kind',
    facts: { file },
    fix: 'download it again',
  });
}

/**
 * The question's video as a whole. `address`: below it the server finds the files; absent: the file goes with the request. Throws
 * 'evaluation-part', media-…, and when it is to be sent 'media-too-large'.
 */
export async function wholeVideo(
  root: string,
  question: Question,
  protocol: Protocol,
  { address, use }: { readonly address?: string; readonly use: UseFile },
): Promise<Required<Pick<ShownPrompt, 'sent' | 'whole'>>> {
  refusePart(question, protocol);
  const { count, min_pixels, max_pixels } = protocol.frames;
  const asked = { num_frames: count, min_pixels, max_pixels };
  const path = mediaPath(root, question);
  if (address !== undefined) {
    const by = new URL(address).protocol.replace(':', '');
    const sent = { form: 'video_url', by, sha256: null, asked } as const;
    return { sent, whole: async () => videoAt(address, question.path) };
  }
  const sha256 = await use(path, checkedHash);
  const sent = { form: 'video_url', by: 'data', sha256, asked } as const;
  return { sent, whole: () => use(path, (file) => videoFile(file, 'bytes')) };
}
