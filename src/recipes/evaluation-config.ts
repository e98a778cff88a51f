// Settings of `videorft eval`. What decides a score stands in the protocol (evaluate/protocol.ts); flags that change it are recorded beside
// its name, so that a changed protocol is never taken for the named one.
import { z } from 'zod';
import { benchmarkNames, ladders, protocolNames, sentForms } from '../evaluate/index.ts';
import { endpointSchema } from '../llm/index.ts';
import { profileNames } from './clips.ts';
import { askedDtypeSchema } from './training-config.ts';

const positive = z.number().int().positive();
const unless = "absent: the protocol's";

export const evaluationConfig = z.strictObject({
  data: z
    .array(z.string())
    .default([])
    .describe('Sample files (.json, .jsonl, either with .gz); not with --benchmark.'),
  benchmark: z
    .enum(benchmarkNames as [string, ...string[]])
    .optional()
    .describe('A benchmark whose folder --media-root names, in place of sample files.'),
  mediaRoot: z.string().optional().describe("Folder that the paths of the samples start from; a benchmark's folder."),
  model: z
    .string()
    .optional()
    .describe('Folder of the model, or a run directory (its newest checkpoint); absent: the shipped micro model.'),
  endpoint: z
    .url()
    .optional()
    .describe('Address of an OpenAI-compatible API, up to and including /v1, in place of a model folder.'),
  endpointModel: z.string().optional().describe('Model name as the endpoint knows it.'),
  apiKeyEnv: z.string().optional().describe('Environment variable that holds the API key; absent: none is sent.'),
  concurrency: positive
    .default(8)
    .describe(
      'Most requests to the endpoint in flight at once; begins with 8, grows while it takes them, halves on 429.',
    ),
  video: z
    .enum(sentForms)
    .default('frames')
    .describe(
      "How the endpoint gets a video: frames = the protocol's frames as ordered JPEG pictures (any server); jpeg_video = the same frames as one video (vLLM, videorft serve); video_url = the file, of which the server chooses the frames (vLLM, SGLang, videorft serve).",
    ),
  mediaUrl: z
    .url()
    .optional()
    .describe(
      "With video_url: address under which the endpoint's own server finds the media root, such as file:///data/mmvu or http://media/mmvu; absent: the file goes with the request.",
    ),
  extraBody: endpointSchema.shape.extraBody,
  protocol: z
    .string()
    .optional()
    .describe(
      `${protocolNames.join(', ')}, or a file of your own; absent: micro for the shipped model and what was trained from it, videorft-paper for others and for endpoints.`,
    ),
  mode: z
    .enum(['think', 'direct', 'both'])
    .optional()
    .describe(`Ask for reasoning before the answer, for the answer, or first the one and then the other; ${unless}.`),
  out: z
    .string()
    .optional()
    .describe(
      'File of the rows (.jsonl); its summary, manifest and configuration lie beside it. With report: the page (.html).',
    ),
  profile: z.enum(profileNames).optional().describe(`Frames and pixels; ${unless}.`),
  temperature: z.number().min(0).optional().describe(`Sampling temperature; 0: the likeliest token; ${unless}.`),
  topP: z.number().gt(0).max(1).optional().describe(`Nucleus sampling; ${unless}.`),
  maxTokens: positive.optional().describe(`Longest completion, in tokens; ${unless}.`),
  ladder: z
    .enum(ladders)
    .optional()
    .describe(`How answers are found: strictly, in words, leniently, or as the released script does; ${unless}.`),
  samples: positive
    .default(1)
    .describe('Answers to each question, each drawn under a seed of its own; from 2 on also maj@k and pass@k.'),
  shard: z
    .string()
    .regex(/^[1-9]\d*\/[1-9]\d*$/, 'must look like 2/8')
    .optional()
    .describe('Only this part of the questions, such as 2/8, whole videos each; eval merge puts the parts together.'),
  frameCache: z
    .string()
    .optional()
    .describe(
      "Folder where decoded frames are kept for later runs; absent: videorft/frames in the user's cache folder.",
    ),
  frameCacheGB: z.number().min(0).default(4).describe('Most that this folder holds, in GB; 0: nothing is kept.'),
  unpackedGB: z
    .number()
    .positive()
    .default(8)
    .describe(
      'Most that is kept, in GB, of videos taken out of zips, one by one as they are needed; in the folder unpacked of the frames.',
    ),
  subtitles: z.boolean().optional().describe(`Put subtitles into the prompt where there are any; ${unless}.`),
  seed: z.number().int().default(0).describe('Seed of sampling, and of the choice that limit makes.'),
  limit: positive.optional().describe('Only so many samples, drawn by the seed; all where absent.'),
  partial: z.boolean().default(false).describe('Score a benchmark of which rows are missing; the result says so.'),
  embedder: z.string().optional().describe('Folder of a SigLIP or CLIP model that measures R_s; absent: not measured.'),
  retryErrors: z.boolean().default(false).describe('Ask again where an earlier call stored an error.'),
  list: z
    .boolean()
    .default(false)
    .describe('List the benchmarks and protocols: where each comes from, size, licence, how to get it.'),
  check: z.string().optional().describe('Say what is missing or corrupt in a folder of benchmarks; nothing is asked.'),
  report: z.boolean().default(false).describe('Write a page of the result beside it (X.report.html and X.report.md).'),
  shown: z.number().int().min(0).default(12).describe('On a page: questions shown of each result.'),
  rows: positive.default(20).describe('With diff: differing rows that are printed.'),
  engine: z
    .strictObject({
      device: z.enum(['cpu', 'webgpu']).default('cpu').describe('What runs the model.'),
      threads: positive.optional().describe('Threads inside one operation; absent: all cores.'),
      dtype: askedDtypeSchema,
      maxDecodeRows: positive.default(64).describe('Completions that are written together.'),
    })
    .prefault({})
    .describe('The engine.'),
});
export type EvaluationConfig = z.output<typeof evaluationConfig>;
