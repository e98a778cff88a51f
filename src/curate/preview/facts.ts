// The facts beside a previewed prompt: whom it goes to, how large it is, what pictures it carries, in words. For terminal and page alike.

import type { CurateConfig } from '../config.ts';
import { whereIs } from '../destinations.ts';
import { pictureTokens, wordTokens } from '../sample-media.ts';
import { expertFor, type PreviewPrompt, type PreviewSample } from './collect.ts';

export const size = (bytes: number): string =>
  bytes < 1e3
    ? `${bytes} B`
    : bytes < 1e6
      ? `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;

export const seconds = (time: number): string => `${Number(time.toFixed(2))} s`;
const count = (n: number): string => Math.round(n).toLocaleString('en-US');

export const statusText: Readonly<Record<PreviewPrompt['status'], string>> = {
  answered: 'answered already: not asked again',
  next: 'would be asked now',
  later: 'would be asked after the answer that is missing',
};

/** 'describer gpt-4o-mini at api.openai.com (a third party)'. */
export function recipient({ stage }: PreviewPrompt, config: CurateConfig): string {
  const { role, settings } = expertFor(stage, config);
  const { host, hostname } = new URL(settings.baseURL ?? '');
  return `${role} ${settings.model} at ${host} (${whereIs(hostname)})`;
}

/** Version, sampling, form of the reply, and size. */
export function promptFacts(
  { stage, prompt }: PreviewPrompt,
  { media }: PreviewSample,
  config: CurateConfig,
): string[] {
  const { settings } = expertFor(stage, config);
  const parts = prompt.messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const carries = parts.some((part) => part.type !== 'text');
  const pictures = carries ? pictureTokens(media?.read.pixels ?? 0) : 0;
  const json = prompt.jsonSchema ? `replies in JSON (${settings.jsonMode})` : 'replies in words';
  const tokens = `about ${count(wordTokens(prompt.messages))} tokens of words${pictures > 0 ? ` and ${count(pictures)} of pictures` : ''}`;
  return [
    prompt.version,
    `temperature ${settings.temperature}, at most ${count(settings.maxTokens)} tokens`,
    json,
    tokens,
  ];
}

/** '8 frames at 0, 1, … 7 s, 768 × 432, 31 kB each'. */
export function mediaFacts({ row: { sample }, media }: PreviewSample): string {
  if (!media) return sample.path;
  const { images, durationSeconds } = media.read;
  const bytes = images.reduce((sum, { jpeg }) => sum + jpeg.length, 0);
  const { width, height } = images[0];
  const pixels = width && height ? `, ${width} × ${height}` : '';
  const file = `${media.file}, ${size(media.bytes)}`;
  if (sample.data_type === 'image') return `${file}; sent as a JPEG${pixels}, ${size(bytes)}`;
  return `${file}, ${seconds(durationSeconds)}; ${images.length} frames at ${moments(images)}${pixels}, ${size(bytes / images.length)} each`;
}

/** The first moments and the last one. */
export function moments(images: readonly { readonly timeSeconds?: number }[]): string {
  const times = images.map(({ timeSeconds = 0 }) => String(Number(timeSeconds.toFixed(2))));
  const shown = times.length > 6 ? [...times.slice(0, 4), '…', times.at(-1)] : times;
  return `${shown.join(', ')} s`;
}

/** How a video that goes as a whole goes, and what is said with it. */
export const videoForms = {
  bytes: 'the file, in the request',
  upload: 'the file, uploaded once',
  url: 'the file, read by the server at',
  jpegs: 'its frames as one JPEG video',
} as const;
