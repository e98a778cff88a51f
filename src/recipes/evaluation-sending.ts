// How an evaluation's videos go to its endpoint: what the settings say, what cannot go so, and how a manifest puts it. Leaves out: sending (evaluate/).
import { VideorftError } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { JPEG_QUALITY, notWhole, type Protocol, type Question, type Sending } from '../evaluate/index.ts';
import type { EvaluationConfig } from './evaluation-config.ts';

/** Nothing is sent where no endpoint is named. */
export const sendingOf = ({ endpoint, video, mediaUrl }: EvaluationConfig): Sending =>
  endpoint === undefined ? {} : { form: video, address: mediaUrl };

/** Of a manifest: what decides what the model is shown. Where the server finds a file does not. */
export function sendingFacts({ video }: Pick<EvaluationConfig, 'video'>): string {
  if (video === 'jpeg_video') return `frames as one video of JPEG pictures (data:video/jpeg), quality ${JPEG_QUALITY}`;
  if (video === 'video_url')
    return "the video file (video_url): the server chooses and sizes frames, asked for the protocol's";
  return `frames as ordered JPEG pictures, quality ${JPEG_QUALITY}`;
}

/** Where ordered pictures are not what a model of videos was trained on. */
export function tellOfPictures(questions: readonly Question[], { endpoint, video }: EvaluationConfig): void {
  if (endpoint === undefined || video !== 'frames' || questions.every(({ data_type }) => data_type === 'image')) return;
  log.info(
    'videos go as ordered pictures, which a model that was trained on videos reads as another prompt: on vLLM and videorft serve, --video jpeg_video sends the same frames as one video',
  );
}

/** Throws 'evaluation-part' where questions cannot be asked about whole videos. With --partial they are errors, one by one. */
export function refuseParts(questions: readonly Question[], protocol: Protocol, config: EvaluationConfig): void {
  if (config.video !== 'video_url') return;
  const parts = questions.flatMap((question) => {
    const reason = notWhole(question, protocol);
    return reason === undefined ? [] : [{ question, reason }];
  });
  if (parts.length > 0 && !config.partial)
    throw new VideorftError(`${parts.length} of ${questions.length} questions cannot be asked about a whole video`, {
      code: 'evaluation-part',
      facts: { first: parts[0].question.problem_id, reason: `it ${parts[0].reason}` },
      fix: 'send frames (--video jpeg_video, or frames), or give --partial: these questions are errors then',
    });
  const { count, min_pixels, max_pixels } = protocol.frames;
  log.warn(
    `videos are sent whole: the server chooses the frames. It is asked for the protocol's ${count} frames of ${min_pixels} to ${max_pixels} pixels (media_io_kwargs, mm_processor_kwargs); whether it keeps to that is not seen here, and rows hold no frames and no hash of pixels`,
  );
}
