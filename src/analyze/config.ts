// The configuration of `videorft analyze`: one schema, from which defaults, help and checks follow.
import { z } from 'zod';

export const analyzeSchema = z.strictObject({
  out: z.string().default('analysis').describe('Folder of the results: analysis.html and analysis.json.'),
  tokenizer: z
    .string()
    .optional()
    .describe(
      'Model folder whose tokenizer counts tokens (slow: minutes for 300,000 chains); words are counted always.',
    ),
  cloudWords: z.number().int().min(1).default(90).describe('Words in a cloud, at most.'),
  distinctive: z.number().int().min(1).default(20).describe('Most distinctive words shown on each side.'),
  nearDuplicates: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('Least similarity (Jaccard, of runs of three words) of near-duplicates; 0: do not look for any.'),
  vocabulary: z
    .number()
    .int()
    .min(100)
    .default(100_000)
    .describe(
      'Distinct words whose counts are exact; beyond twice as many, rare ones are given up with a stated bound.',
    ),
});
export type AnalyzeConfig = z.output<typeof analyzeSchema>;
