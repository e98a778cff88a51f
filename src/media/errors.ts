// Media failures as VideorftError: each names the file and the fix. The codes are what pipelines quarantine by.
// Leaves out: detecting them (container.ts, open.ts, decode.ts, image.ts).

import { type ErrorFacts, VideorftError } from '../base/errors.ts';

export type MediaErrorCode =
  | 'media-missing'
  | 'media-empty'
  | 'media-not-video'
  | 'media-not-image'
  | 'media-no-video-stream'
  | 'media-truncated'
  | 'media-decode'
  | 'media-index-range'
  | 'media-window'
  | 'media-aspect-ratio'
  | 'media-too-large'
  | 'media-duration'
  | 'media-timeout'
  | 'media-encode'
  | 'media-native';

const FIXES: Record<MediaErrorCode, string> = {
  'media-missing': 'Check the path and the media root, or download the file.',
  'media-empty': 'Download or generate the file again: it has no bytes.',
  'media-not-video': 'Replace it by a video file (mp4, avi, mkv, webm, mov).',
  'media-not-image': 'Replace it by a PNG, JPEG or WebP file.',
  'media-no-video-stream': 'Replace it by a file with a picture track, or leave the sample out.',
  'media-truncated': 'Download the file again: its end is missing.',
  'media-decode': 'Convert it with "ffmpeg -i FILE -c:v libx264 -pix_fmt yuv420p OUT.mp4", or leave the sample out.',
  'media-index-range': 'Ask for indices below the number of frames, or for nframes.',
  'media-window': 'Correct start and end of the sample: seconds within the video, start before end.',
  'media-aspect-ratio': 'Crop the picture or the video, or leave the sample out.',
  'media-too-large': 'Scale it down, or raise maxPixels.',
  'media-duration':
    'Download it again, or write its header anew with "ffmpeg -i FILE -c copy OUT"; else leave the sample out.',
  'media-timeout': 'Check the disk or network share, raise timeoutMs, or leave the sample out.',
  'media-encode': 'Pass at least one frame, all of one even width and height, with width · height · 3 bytes each.',
  'media-native': 'Run "npm install" again on this machine; node-av ships a binary per platform.',
};

/** A VideorftError about `path`; `fix` defaults to the usual advice for the code. */
export function mediaError(
  code: MediaErrorCode,
  path: string,
  message: string,
  more: { facts?: ErrorFacts['facts']; fix?: string; cause?: unknown } = {},
): VideorftError {
  return new VideorftError(`${path}: ${message}`, {
    code,
    facts: { file: path, ...more.facts },
    fix: more.fix ?? FIXES[code],
    cause: more.cause,
  });
}

/** 'media-too-large': more pixels in one picture than the caller takes. */
export const tooManyPixels = (path: string, width: number, height: number, maxPixels: number | undefined) =>
  mediaError('media-too-large', path, `${width}×${height} pixels are more than ${maxPixels}`, {
    facts: { width, height, maxPixels },
  });
