// What the speedrun hands to its report: plain data, checked once. Leaves out: how it was measured, and how it looks.
import { z } from 'zod';
import { problemTypes, skills } from '../data/sample.ts';
import { curationCountsSchema, models, summarySchema } from './summary.ts';

const finite = z.number();
const optional = finite.nullish();

/** One GRPO step; a measure that a run does not record is left out, and its figure with it. */
export const grpoMetricsSchema = z.looseObject({
  step: z.number().int().nonnegative(),
  /** Means over the step's completions: total (Eq. 6) and its parts. */
  reward: finite,
  format: finite,
  accuracy: finite,
  semantic: finite,
  /** Standard deviation of R_s over the step's completions, and the share that lies at exactly 0 or 1. */
  semanticSpread: optional,
  semanticSaturation: optional,
  kl: optional,
  loss: optional,
  gradNorm: optional,
  /** Mean tokens per completion, and the share cut off at the limit. */
  completionLength: optional,
  truncated: optional,
  /** Share of completions that pause, re-check or correct themselves (reflection.ts). */
  reflecting: optional,
  /** Share of tokens whose ratio was clipped (Eq. 4). */
  clipFraction: optional,
  learningRate: optional,
});
export type GrpoMetrics = z.infer<typeof grpoMetricsSchema>;

export const sftMetricsSchema = z.looseObject({
  step: z.number().int().nonnegative(),
  loss: finite,
  gradNorm: optional,
  learningRate: optional,
});
export type SftMetrics = z.infer<typeof sftMetricsSchema>;

/** One held-out question answered once by one model in one mode. Scores are shares in 0..1. */
export const evaluationRowSchema = z.looseObject({
  id: z.union([z.string(), z.number()]),
  path: z.string(),
  skill: z.enum(skills),
  problem_type: z.enum(problemTypes),
  /** The question template, e.g. "direction". */
  kind: z.string(),
  model: z.enum(models),
  mode: z.enum(['think', 'direct']),
  strict: z.number().min(0).max(1),
  lenient: z.number().min(0).max(1),
  output: z.string(),
  formatOk: z.boolean(),
  /** R_s of the completion, where it was computed. */
  semantic: z.number().min(0).max(1).nullish(),
  /** Why the row could not be answered; such rows are counted apart, never as wrong. */
  error: z.string().nullish(),
});
export type EvaluationRow = z.infer<typeof evaluationRowSchema>;

/** A picture for the page: "data:image/png;base64,…" or jpeg, its size in pixels and its time in seconds. */
export const reportFrameSchema = z.object({
  src: z.string().regex(/^data:image\/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/, 'must be a PNG or JPEG data URI'),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  time: z.number().nonnegative(),
});
export type ReportFrame = z.infer<typeof reportFrameSchema>;

export const reportCompletionSchema = z.object({
  output: z.string(),
  /** Characters [start, end) of `output` that R_s was scored on; null when there was no span. */
  span: z.object({ start: z.number().int().nonnegative(), end: z.number().int().nonnegative() }).nullable(),
  rewards: z.object({ total: finite, format: finite, accuracy: finite, semantic: finite }),
  advantage: finite,
  tokens: z.number().int().nonnegative().optional(),
});
export type ReportCompletion = z.infer<typeof reportCompletionSchema>;

export const rolloutSchema = z.object({
  id: z.union([z.string(), z.number()]),
  path: z.string(),
  /** GRPO step that the group was sampled at. */
  step: z.number().int().nonnegative(),
  skill: z.enum(skills),
  problem_type: z.enum(problemTypes),
  problem: z.string(),
  options: z.array(z.string()),
  /** Reference answer without its tags. */
  reference: z.string(),
  frames: z.array(reportFrameSchema),
  completions: z.array(reportCompletionSchema).min(1),
});
export type Rollout = z.infer<typeof rolloutSchema>;

const reasons = z.record(z.string(), z.number().int().nonnegative());

export const curationReportSchema = curationCountsSchema.and(
  z.object({
    /** Samples that came out of each expert's stage. */
    described: z.number().int().nonnegative(),
    reasoned: z.number().int().nonnegative(),
    refined: z.number().int().nonnegative(),
    rejectedReasons: reasons,
    quarantinedReasons: reasons,
    examples: z.array(
      z.object({
        id: z.union([z.string(), z.number()]),
        problem: z.string(),
        reference: z.string(),
        draft: z.string(),
        revision: z.string(),
        /** "kept", or why it was not. */
        outcome: z.string(),
        frames: z.array(reportFrameSchema),
      }),
    ),
  }),
);
export type CurationReport = z.infer<typeof curationReportSchema>;

export const speedrunReportDataSchema = z.object({
  title: z.string(),
  /** The exact command that made the run. */
  command: z.string(),
  /** ISO 8601, UTC. */
  finishedAt: z.string(),
  machine: z.string(),
  summary: summarySchema,
  sft: z.array(sftMetricsSchema),
  grpo: z.array(grpoMetricsSchema),
  evaluation: z.array(evaluationRowSchema),
  curation: curationReportSchema,
  rollouts: z.array(rolloutSchema),
  /** Sentences a reader needs beside the numbers: what is a stand-in, what is shipped. */
  notes: z.array(z.string()),
});
export type SpeedrunReportData = z.infer<typeof speedrunReportDataSchema>;
