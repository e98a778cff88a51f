// Settings of the filter. None of them is part of what an expert is asked, so changing one asks nobody again.
import { z } from 'zod';
import { languages } from './language.ts';
import { ruleNames } from './names.ts';

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
    .describe(
      'Free-form: least cosine of the text embeddings of generated and reference answer; counts.json has the distribution to choose it by.',
    ),
  minJudgeScore: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe('Free-form, where there is a judge: least score from 0 (another answer) to 1 (the same).'),
  minWords: z.number().int().min(0).default(5).describe('Shortest reasoning that is kept, in words.'),
  maxWords: z
    .number()
    .int()
    .positive()
    .default(750)
    .describe('Longest reasoning that is kept, in words: with the answer about the 1,024 tokens that GRPO generates.'),
  maxRepetition: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Largest share of words in passages of ten words that occurred before in the same reasoning.'),
  language: z
    .enum(languages)
    .default('question')
    .describe("Language of the reasoning: the question's, any, or this one."),
  maxForeign: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe('Largest share of letters of other scripts, quotations left out.'),
  off: z.array(z.enum(ruleNames)).default([]).describe('Rules that reject nothing (they are counted all the same).'),
});
export type FilterConfig = z.output<typeof filterSchema>;
