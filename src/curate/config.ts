// The configuration of a curation run: one schema, from which defaults, help and checks follow. Keys of experts are named
// by environment variable (llm/config.ts).
import { z } from 'zod';
import { batchSchema, endpointSchema } from '../llm/config.ts';

const expertSchema = endpointSchema.extend({
  temperature: z.number().min(0).default(0).describe('Sampling temperature.'),
  topP: z.number().gt(0).max(1).optional().describe("Nucleus sampling; the server's default if left out."),
  maxTokens: z.number().int().positive().default(4096).describe('Longest answer in tokens, reasoning included.'),
  seed: z.number().int().optional().describe('Seed, for servers that take one.'),
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
export const atOnce = ({ batch, concurrency }: ExpertConfig): number => (batch.use ? 2 * batch.requests : concurrency);

export const filterSchema = z.strictObject({
  regressionTolerance: z.number().min(0).default(0.05).describe('Regression: largest relative error that is kept.'),
  maxWordErrorRate: z
    .number()
    .min(0)
    .default(0)
    .describe('OCR: largest word error rate that is kept; 0 = equal after white-space normalization.'),
  minSimilarity: z
    .number()
    .min(-1)
    .max(1)
    .default(0.8)
    .describe('Free-form: least cosine of the text embeddings of generated and reference answer.'),
});
export type FilterConfig = z.output<typeof filterSchema>;

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
    })
    .describe('The three experts.'),
  frames: framesSchema.prefault({}).describe('What the seeing experts get.'),
  filter: filterSchema.prefault({}).describe('What is kept.'),
  embedder: z
    .string()
    .optional()
    .describe(
      'Folder of the SigLIP or CLIP model (paper: CLIP) whose text tower compares free-form answers; needed only if there are any.',
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
