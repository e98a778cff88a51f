// The three protocols: bodies → groups, and scores → answers. OpenRLHF's and slime's are theirs as they are, and see one completion at a
// time; the batch route is ours and sees groups.
import { z } from 'zod';
import type { VideorftError } from '../../../base/errors.ts';
import type { Completion, CompletionScore, GroupResult } from '../../../rewards/index.ts';
import { ApiError, unprocessable } from '../../errors.ts';
import { conform, parseObject } from '../../protocol/json.ts';
import { completionOf, requireShort, withoutEnd } from './completion.ts';
import { readSample, type WireSample } from './sample.ts';

export interface WireGroup {
  readonly sample: WireSample;
  readonly completions_G: readonly Completion[];
}

export interface Limits {
  readonly maxGroups: number;
  readonly maxCompletions: number;
  /** The semantic reward is on: a sample needs its path. */
  readonly needsPath: boolean;
}

export interface Call {
  readonly groups: readonly WireGroup[];
  /** The body of the answer. Throws the 422 where the protocol has no place for a sample's error. */
  answer(results: readonly GroupResult[]): unknown;
}

type Read = (text: string, limits: Limits, query: URLSearchParams) => Call;

const openrlhf = z.looseObject({
  query: z.array(z.string()).min(1),
  prompts: z.array(z.string()),
  labels: z.array(z.unknown()),
});

/** {query: [prompt and completion], prompts, labels} → {rewards, scores, extra_logs}; scores, for dynamic filtering, are R_a. */
export const readOpenRlhf: Read = (text, limits) => {
  const { query, prompts, labels } = conform(openrlhf, parseObject(text, unprocessable), unprocessable);
  for (const [name, list] of Object.entries({ prompts, labels }))
    if (list.length !== query.length)
      throw unprocessable(`${name}: ${list.length} for ${query.length} queries`, 'invalid-value', name);
  requireCounts(query.length, query.length, limits);
  const groups = query.map((text, i) => ({
    sample: readSample(labels[i], `labels.${i}`, limits.needsPath),
    completions_G: [{ text: requireShort(completionOf(text, prompts[i], `query.${i}`), `query.${i}`) }],
  }));
  return {
    groups: bounded(groups),
    answer: (results) => {
      const scores = results.map(scoreOfOne);
      // Their trainer makes a tensor of each list, which null cannot be part of.
      const semantic = scores.map((s) => s.semantic);
      const extra_logs = { format: scores.map((s) => s.format), ...(semantic.includes(null) ? {} : { semantic }) };
      return { rewards: scores.map((s) => s.total), scores: scores.map((s) => s.accuracy), extra_logs };
    },
  };
};

const slime = z.looseObject({ prompt: z.unknown().optional(), response: z.string(), label: z.unknown().optional() });

/** {prompt, response, label} → a number; with ?parts=1 an object, of which --reward-key takes one. */
export const readSlime: Read = (text, limits, query) => {
  const { response, label } = conform(slime, parseObject(text, unprocessable), unprocessable);
  const sample = readSample(label, 'label', limits.needsPath);
  return {
    groups: [{ sample, completions_G: [{ text: requireShort(withoutEnd(response), 'response') }] }],
    answer: ([result]) => {
      const score = scoreOfOne(result);
      return query.has('parts') ? partsOf(score) : score.total;
    },
  };
};

const batch = z.strictObject({
  groups: z
    .array(
      z.strictObject({
        sample: z.unknown().optional(),
        completions: z.array(z.strictObject({ text: z.string(), tokens: z.number().int().min(0).optional() })).min(1),
      }),
    )
    .min(1),
});

/** {groups: [{sample, completions: [{text, tokens?}]}]} → {groups: [{scores} or {error}]}, in their order. */
export const readBatch: Read = (text, limits) => {
  const { groups } = conform(batch, parseObject(text, unprocessable), unprocessable);
  const completions = groups.reduce((sum, group) => sum + group.completions.length, 0);
  requireCounts(groups.length, completions, limits);
  return {
    groups: bounded(
      groups.map(({ sample, completions }, i) => ({
        sample: readSample(sample, `groups.${i}.sample`, limits.needsPath),
        completions_G: completions.map(({ text, tokens }, g) => ({
          text: requireShort(text, `groups.${i}.completions.${g}.text`),
          tokens,
        })),
      })),
    ),
    answer: (results) => ({
      groups: results.map((result) =>
        result.ok ? { scores: result.scores_G.map(partsOf) } : { error: errorOf(result.error) },
      ),
    }),
  };
};

function requireCounts(groups: number, completions: number, { maxGroups, maxCompletions }: Limits): void {
  const fix = 'send several requests';
  if (groups > maxGroups) throw unprocessable(`${groups} groups are more than ${maxGroups}`, 'too-many', 'groups', fix);
  if (completions > maxCompletions)
    throw unprocessable(`${completions} completions are more than ${maxCompletions}`, 'too-many', 'groups', fix);
}

/** Types whose accuracy compares every word with every word. */
const WORD_BY_WORD: readonly string[] = ['free-form', 'OCR'];
/** Characters of completions times characters of their solutions: a second or two, in which the server does nothing else. */
const MOST_WORK = 1e9;
/** What a character of the options takes for each completion, in the same unit: they are read anew for each. */
const OPTION_WORK = 200;

function workOf({ sample: { problem_type, solution, options }, completions_G }: WireGroup): number {
  const written = completions_G.reduce((all, { text }) => all + text.length, 0);
  const offered = (options ?? []).reduce((all, option) => all + option.length + 1, 0);
  const compared = WORD_BY_WORD.includes(problem_type) ? written * solution.length : 0;
  return compared + OPTION_WORK * offered * completions_G.length;
}

function bounded(groups: readonly WireGroup[]): readonly WireGroup[] {
  if (groups.reduce((sum, group) => sum + workOf(group), 0) <= MOST_WORK) return groups;
  throw unprocessable('the texts to compare are too long, all together', 'too-long', 'groups', 'send several requests');
}

/** A group of one; a sample's error is the request's. */
function scoreOfOne(result: GroupResult): CompletionScore {
  if (result.ok) return result.scores_G[0];
  const { message, code, fix } = errorOf(result.error);
  throw new ApiError(message, { status: 422, code, fix });
}

const partsOf = ({ total, format, accuracy, semantic, lengthBonus, reasons }: CompletionScore) => ({
  total,
  format,
  accuracy,
  semantic,
  length_bonus: lengthBonus,
  reasons,
});

function errorOf(error: VideorftError) {
  const facts = Object.entries(error.facts).filter(([key, value]) => key !== 'file' && value !== undefined);
  const said = error.code.startsWith('reward-') ? facts.map(([key, value]) => `${key}: ${value}`).join(', ') : '';
  return { code: error.code, message: said === '' ? error.message : `${error.message} (${said})`, fix: error.fix };
}
