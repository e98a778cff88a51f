// The configuration of a curation run: one schema, from which defaults, help and checks follow. Keys of experts are named
// by environment variable (llm/config.ts).
import { z } from 'zod';
import { hubNameSchema, hubSchema } from '../data/hub-config.ts';
import { batchSchema, endpointSchema } from '../llm/config.ts';
import { formNames } from './dataset/forms.ts';
import { filterSchema } from './filter/config.ts';

const expertSchema = endpointSchema.extend({
  temperature: z.number().min(0).default(0).describe('Sampling temperature.'),
  topP: z.number().gt(0).max(1).optional().describe("Nucleus sampling; the server's default if left out."),
  maxTokens: z.number().int().positive().default(4096).describe('Longest answer in tokens, reasoning included.'),
  seed: z.number().int().optional().describe('Seed, for servers that take one.'),
  video: z
    .enum(['frames', 'video_url', 'jpeg_video', 'file'])
    .default('frames')
    .describe(
      'How a seeing expert gets a video: frames = ordered pictures with their times; video_url = the file (vLLM, SGLang, videorft serve; Gemini inline); jpeg_video = the frames as one video (vLLM); file = uploaded once by the Files API (Gemini).',
    ),
  videoURL: z
    .url()
    .optional()
    .describe(
      "For video_url: address under which the expert's own server finds the media root, such as file:///data/videos; absent: the file goes with the request.",
    ),
  price: z
    .strictObject({
      input: z.number().min(0).optional().describe('Per million prompt tokens, in the same currency for all experts.'),
      output: z.number().min(0).optional().describe('Per million completion tokens, reasoning included.'),
    })
    .prefault({})
    .describe('What the endpoint charges; leave out for your own servers.'),
  batch: batchSchema.prefault({}).describe("The endpoint's batch interface, as OpenAI has it."),
});

/** Resolved settings of one expert. */
export type ExpertConfig = z.output<typeof expertSchema>;

/** Requests that are in work at once. In batches: one that waits, and one that is gathered meanwhile. */
export const atOnce = ({ batch, concurrency }: Pick<ExpertConfig, 'batch' | 'concurrency'>): number =>
  batch.use ? 2 * batch.requests : concurrency;

/** An expert that need not be there. */
const judgeSchema = expertSchema.extend({
  baseURL: endpointSchema.shape.baseURL.optional(),
  model: endpointSchema.shape.model.optional(),
});

export const framesSchema = z.strictObject({
  describeFps: z.number().positive().default(1).describe('Frames a second that describer and refiner see (paper: 1).'),
  maxFrames: z
    .number()
    .int()
    .min(1)
    .default(128)
    .describe('Longer videos are sampled more sparsely, to this many frames.'),
  maxSide: z.number().int().min(16).default(768).describe('Video frames are shrunk to this longest side, in pixels.'),
  imageMaxSide: z
    .number()
    .int()
    .min(16)
    .default(1536)
    .describe('Still images are shrunk to this longest side, in pixels.'),
  jpegQuality: z.number().int().min(1).max(100).default(90).describe('JPEG quality of the frames sent.'),
});
export type FramesConfig = z.output<typeof framesSchema>;

export const outputSchema = z.strictObject({
  forms: z
    .array(z.enum(formNames))
    .default(['parquet'])
    .describe('Forms beside cot.jsonl and rl.jsonl, each in a folder of its name: parquet, ms-swift, llama-factory.'),
  card: z.boolean().default(true).describe('Write README.md, the data card, with its figures.'),
  title: z.string().min(1).default('Chains of thought about videos').describe('Title of the data card (README.md).'),
  license: z
    .string()
    .regex(/^[a-z0-9.-]+$/, "must be the Hub's name of a licence, such as apache-2.0")
    .optional()
    .describe("Licence of the data set, by the Hub's name; the card names none if left out."),
  language: z
    .array(z.string().regex(/^[a-z]{2,3}$/))
    .default(['en'])
    .describe('Languages, for the card (ISO 639).'),
});

export const curateConfigSchema = z.strictObject({
  data: z.array(z.string()).min(1).describe('Sample files (.json, .jsonl, either with .gz).'),
  mediaRoot: z.string().describe('Folder that the paths of the samples start from.'),
  out: z.string().describe('Folder of the results; running again in it continues where the last run stopped.'),
  state: z
    .string()
    .default('sqlite')
    .describe(
      'Where answers and attempts are kept: sqlite is state.sqlite in out; postgres://user@host/database?schema=name is shared by any number of machines.',
    ),
  experts: z
    .strictObject({
      describer: expertSchema.describe('Sees frames, writes the structured description (paper: GPT-4o-mini).'),
      reasoner: expertSchema.describe('Text only, writes the draft chain of thought (paper: DeepSeek-R1).'),
      refiner: expertSchema.describe('Sees frames and draft, corrects it (paper: Qwen2.5-VL).'),
      judge: judgeSchema
        .optional()
        .describe(
          'Text only, says whether free-form answers mean the same as the reference; without a model nobody is asked.',
        ),
    })
    .describe('The three experts, and a judge.'),
  frames: framesSchema.prefault({}).describe('What the seeing experts get.'),
  filter: filterSchema.prefault({}).describe('What is kept.'),
  output: outputSchema.prefault({}).describe('What is written besides.'),
  push: hubNameSchema
    .optional()
    .describe(
      'Data set on the Hub, OWNER/NAME, that the results are published to at the end, with the decisions of a review where there are any, as videorft push does it: private where it is made. The token is asked for before any expert.',
    ),
  hub: hubSchema.prefault({}).describe('Where the Hub is.'),
  embedder: z
    .string()
    .optional()
    .describe(
      'Folder of the CLIP or SigLIP model (paper: CLIP) whose text tower compares free-form answers; absent: the shipped micro SigLIP, which knows the words of the micro-world only.',
    ),
  preview: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'Ask nobody: show every prompt of the first so many samples, with its pictures, here and in preview.html in out.',
    ),
  dryRun: z
    .boolean()
    .default(false)
    .describe('Ask nobody: estimate calls, tokens, cost and hours, and say which media would leave this machine.'),
  budget: z
    .number()
    .positive()
    .optional()
    .describe(
      'What the experts may cost, all runs in this folder together, in the currency of their prices; answers under way when it ends may cost more than the mean that was kept for them.',
    ),
  stopAfterFailures: z
    .number()
    .int()
    .min(1)
    .default(20)
    .describe('Calls that fail in a row, retries included, before the run stops: the expert is down.'),
});

export type CurateConfig = z.output<typeof curateConfigSchema>;
export type CurateConfigInput = z.input<typeof curateConfigSchema>;

/** The judge's settings, or nothing where no model is named. */
export function judgeOf({ experts: { judge } }: Pick<CurateConfig, 'experts'>): ExpertConfig | undefined {
  if (judge?.baseURL === undefined || judge.model === undefined) return undefined;
  return { ...judge, baseURL: judge.baseURL, model: judge.model };
}
