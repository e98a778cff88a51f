// What a sample is: one question about one video or image, in the field names of the published datasets
// (VideoRFT-Data, Video-R1). Extra fields are kept. Leaves out: reading files (read.ts).
import { z } from 'zod';

export const problemTypes = ['multiple choice', 'numerical', 'OCR', 'free-form', 'regression'] as const;
export type ProblemType = (typeof problemTypes)[number];

export const skills = ['general', 'mathematics', 'science', 'document', 'spatiotemporal'] as const;
export type Skill = (typeof skills)[number];

export const sampleSchema = z.looseObject({
  problem_id: z.union([z.number(), z.string()]),
  problem: z.string().min(1),
  data_type: z.enum(['video', 'image']),
  problem_type: z.enum(problemTypes),
  /** ["A. left", "B. right"]; null or [] where the question has none. */
  options: z.array(z.string()).nullish(),
  /** "<think>…</think>", only in chain-of-thought files. */
  process: z.string().optional(),
  /** "<answer>…</answer>". */
  solution: z.string().regex(/^\s*<answer>[\s\S]*<\/answer>\s*$/, 'must be <answer>…</answer>'),
  /** Relative to the media root. */
  path: z.string().min(1),
  data_source: z.string().optional(),
  skill: z.enum(skills).optional(),
});
export type Sample = z.infer<typeof sampleSchema>;
