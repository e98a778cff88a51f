// A protocol: everything besides the model and the questions that decides a score, as named and versioned data. It is written whole into the
// manifest of every result. Leaves out: carrying it out (load.ts shows and asks, scoring/ scores).
import { z } from 'zod';
import { scoringSchema } from './scoring/scoring.ts';

const count = z.number().int().positive();

export const protocolSchema = z.strictObject({
  name: z.string().min(1).describe('Name; a changed protocol needs another version.'),
  version: count.describe('Raised whenever anything below changes.'),
  about: z.string().describe('Where it comes from.'),
  mode: z.enum(['think', 'direct']).describe('Ask for reasoning before the answer, or for the answer.'),
  wording: z
    .enum(['micro', 'paper', 'released'])
    .describe('Template of the prompt, options and their layout included.'),
  frames: z
    .strictObject({
      count: count.describe('Frames sampled uniformly, first and last included.'),
      short: z
        .enum(['repeat', 'fewer'])
        .describe('A clip with fewer frames: repeat some, or show those there are (an even number).'),
      min_pixels: count.describe('Least pixels of a frame.'),
      max_pixels: count.describe('Most pixels of a frame, before the factor 1.05 of qwen-vl-utils.'),
      resample: z.enum(['bicubic', 'bilinear']).describe('Resampling.'),
    })
    .describe('Frames of a video; the true rate of the sampled frames reaches the model.'),
  clipBounds: z.enum(['cut', 'ignore']).describe("A row's start and end: show that part, or the whole file."),
  frameFolders: z
    .enum(['show', 'hide'])
    .describe('Rows whose video is a folder of pictures: show them, or ask blindly.'),
  subtitles: z.boolean().describe('Put subtitles into the prompt where the benchmark has them.'),
  decoding: z.strictObject({
    temperature: z.number().min(0).describe('Sampling temperature; 0: the likeliest token.'),
    topP: z.number().gt(0).max(1).describe('Nucleus sampling.'),
    maxTokens: count.describe('Longest completion, in tokens.'),
  }),
  scoring: scoringSchema,
});
export type Protocol = z.output<typeof protocolSchema>;

const paperFrames = {
  count: 32,
  short: 'repeat',
  min_pixels: 256 * 28 * 28,
  max_pixels: 256 * 28 * 28,
  resample: 'bicubic',
} as const;

/** METHOD section 4: 32 frames of 256·28·28, temperature 0.01, top-p 0.001. The wording of the prompt is ours (the paper prints none). */
export const paperProtocol: Protocol = {
  name: 'videorft-paper',
  version: 1,
  about:
    'The paper: 32 frames of 256·28·28 pixels, temperature 0.01, top-p 0.001; wording ours, answers read by the ladder.',
  mode: 'think',
  wording: 'paper',
  frames: paperFrames,
  clipBounds: 'cut',
  frameFolders: 'show',
  subtitles: false,
  decoding: { temperature: 0.01, topP: 0.001, maxTokens: 1024 },
  scoring: { ladder: 'words', regression: 'mra' },
};

export const protocols: readonly Protocol[] = [
  paperProtocol,
  {
    ...paperProtocol,
    name: 'videorft-released',
    about:
      'What src/eval_bench.py of QiWang98/VideoRFT does at commit bba6099: its prompt, temperature 0.1, exact letters, no start and end, no pictures of frame folders.',
    wording: 'released',
    frames: { ...paperFrames, short: 'fewer' },
    clipBounds: 'ignore',
    frameFolders: 'hide',
    decoding: { temperature: 0.1, topP: 0.001, maxTokens: 1024 },
    scoring: { ladder: 'released', regression: 'mra' },
  },
  {
    ...paperProtocol,
    name: 'direct',
    about: 'videorft-paper, asked for the answer without reasoning.',
    mode: 'direct',
  },
  {
    ...paperProtocol,
    name: '16-frames',
    about: 'videorft-paper with 16 frames in place of 32.',
    frames: { ...paperFrames, count: 16 },
  },
  {
    ...paperProtocol,
    name: 'micro',
    about: 'The micro-world: 8 frames of 84 × 84, short prompts, strict answers, regression by relative error.',
    wording: 'micro',
    frames: { count: 8, short: 'repeat', min_pixels: 84 * 84, max_pixels: 84 * 84, resample: 'bicubic' },
    scoring: { ladder: 'strict', regression: 'relative' },
  },
];

export const protocolNames = protocols.map(({ name }) => name);

/** "videorft-paper/1", and a "+" where something was set otherwise. */
export const protocolLabel = ({ name, version }: Protocol, changed: readonly string[] = []): string =>
  `${name}/${version}${changed.length > 0 ? ` with other ${changed.join(', ')}` : ''}`;
