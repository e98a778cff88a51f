// The tables of docs/SCALING.md that say how long and how much: what to rent, where a step's time goes, what our own engine takes, how far the
// model is from published timings. Leaves out: bytes, money and sources (tables-bytes.ts).
import type { TextTable } from '../../src/report/text-table.ts';
import { type Check, checks, ratioOf, whatIfs } from './checks.ts';
import { known } from './constants.ts';
import { type EngineName, engineSizes, engineStep, rewardSeconds, rolloutSeconds, tinkerSeconds } from './engine.ts';
import { bytesText, dollarsText, errorText, hoursText, numberText, secondsText } from './format.ts';
import { rentOf } from './machines.ts';
import { jobOf, type Outcome, outcomeOf, plans, settingsOf, seven, video } from './plans.ts';
import { engineRates, passes, utilization } from './rates.ts';
import { grpoPartNames, grpoParts, sumOf } from './training.ts';
import { languageMatrices, parameters, promptTokens, promptVisionFlops, sequenceFlops } from './work.ts';

/** How much slower than the model published runs were, at worst: what to plan for. Known only after the comparison, and so no check of it. */
export function slowdown(): { readonly sft: number; readonly grpo: number } {
  const worst = (kind: (check: Check) => boolean) =>
    Math.max(
      1,
      ...checks()
        .filter((check) => check.others && kind(check))
        .map((check) => 1 / ratioOf(check)),
    );
  return { sft: worst(({ unit }) => unit === 'h'), grpo: worst(({ unit }) => unit === 's') };
}

const outcomes = (): Outcome[] => plans.map(outcomeOf);

export function rentTable(): TextTable {
  const slower = slowdown();
  return {
    head: ['', 'SFT, one epoch', 'planned', 'GRPO, all steps', 'planned', 'rent, planned', 'what breaks first'],
    words: [6],
    rows: outcomes().map(({ plan, fits, hours, limits }) => {
      if (!fits) return [plan.name, '–', '–', '–', '–', '–', limits.join('; ')];
      const planned = { sft: hours.sft * slower.sft, grpo: hours.grpo * slower.grpo };
      return [
        plan.name,
        ...[hours.sft, planned.sft, hours.grpo, planned.grpo].map(hoursText),
        dollarsText(rentOf(plan.cluster, 3600 * (planned.sft + planned.grpo))),
        limits.join('; '),
      ];
    }),
  };
}

export function checkTable(): TextTable {
  return {
    head: ['timing', 'published', 'model', 'error', 'what the model was told', 'where it is published'],
    words: [4, 5],
    rows: checks().map((check) => {
      const { what, unit, published, model, setup, source } = check;
      const range = [...new Set(published)].join(' to ');
      return [what, `${range} ${unit}`, `${secondsText(model)} ${unit}`, errorText(ratioOf(check)), setup, source];
    }),
  };
}

export const whatIfTable = (): TextTable => ({
  head: ['had the model been told', 'it would say', 'published'],
  rows: whatIfs().map(({ what, unit, model, published }) => [
    what,
    `${secondsText(model)} ${unit}`,
    `${published} ${unit}`,
  ]),
});

export const stepOutcomes = (): Outcome[] => outcomes().filter(({ fits }) => fits);

export function stepTable(): TextTable {
  const all = stepOutcomes();
  const row = (name: string, of: (o: Outcome) => number) => [name, ...all.map((o) => secondsText(of(o)))];
  return {
    head: ['seconds of a step', ...all.map(({ plan }) => plan.name)],
    rows: [
      ...grpoPartNames.map((part) => row(part, ({ step }) => step[part])),
      row('in all', ({ step }) => sumOf(step)),
      ['steps', ...all.map(({ steps }) => numberText(steps))],
    ],
  };
}

export function sftTable(): TextTable {
  const all = stepOutcomes();
  const row = (name: string, of: (o: Outcome) => number) => [name, ...all.map((o) => hoursText(of(o) / 3600))];
  return {
    head: ['SFT', ...all.map(({ plan }) => plan.name)],
    rows: [
      row('arithmetic', ({ sft }) => sft.compute),
      row('network beyond it', ({ sft }) => sft.network),
      row('frames beyond both', ({ sft }) => sft.frames),
    ],
  };
}

export function sampleTable(): TextTable {
  const tera = (flops: number) => `${secondsText(flops / 1e12)} TFLOP`;
  const forward = sequenceFlops(seven, video, known.completion);
  return {
    head: ['a sample at 7B', ''],
    rows: [
      ['tokens of 16 frames', numberText(video.visionTokens)],
      ['tokens of a prompt', numberText(promptTokens(video))],
      ['tokens of a prompt and a mean completion', numberText(promptTokens(video) + known.completion)],
      [
        'weights; of these met by a token that is written',
        `${(parameters(seven) / 1e9).toFixed(2)}e9; ${(languageMatrices(seven.text) / 1e9).toFixed(2)}e9`,
      ],
      ['forward, prompt and completion', tera(forward)],
      ['of which the vision tower', tera(promptVisionFlops(seven, video))],
      ["share of a GPU's arithmetic that training gets", utilization().toFixed(2)],
      ['the same without what is computed again (MFU)', ((utilization() * (passes.full - 1)) / passes.full).toFixed(2)],
    ],
  };
}

/** The paper's step of 64 completions, by who computes what. */
export function backendTable(): TextTable {
  const engines = Object.keys(engineRates()) as EngineName[];
  const trainer = plans.find(({ name }) => name === '8 × H100') as (typeof plans)[number];
  const row = (what: string, seconds: readonly (number | null)[], bound: string) => {
    const cells = seconds.map((s) => (s === null ? '–' : hoursText(s / 3600)));
    const last = seconds.at(-1) as number;
    return [what, ...cells, hoursText((known.steps * last) / 3600), bound];
  };
  return {
    head: ['who computes', ...engineSizes.map((size) => `a step at ${size}`), '1K steps at 7B', 'bound by'],
    words: [5],
    rows: [
      ...engines.map((on) =>
        row(
          `embedded: ${on}`,
          engineSizes.map((size) => sumOf(engineStep(size, on))),
          on.startsWith('CPU') ? 'arithmetic' : 'starting kernels, a token at a time',
        ),
      ),
      ...engines.map((on) =>
        row(
          `embedded: ${on}; --rollouts: vLLM, one H100`,
          engineSizes.map((size) => rolloutSeconds(size) + engineStep(size, on).training),
          'training in the engine',
        ),
      ),
      row('--backend tinker: SkyRL, one H100, LoRA', [null, null, tinkerSeconds()], 'the server; pictures on the wire'),
      row(
        'export: a trainer, 8 × H100, full',
        [null, null, sumOf(grpoParts(jobOf(trainer), settingsOf(trainer)))],
        'generation',
      ),
    ],
  };
}

export function rewardTable(): TextTable {
  return {
    head: ['semantic reward of a step, 8 × 16 frames', 'so400m 384 (the paper)', 'base 224'],
    rows: rewardSeconds().map(({ where, so400m, base }) => [
      where,
      ...[so400m, base].map((s) => `${secondsText(s)} s`),
    ]),
  };
}

export const memoryTable = (): TextTable => ({
  head: ['bytes of one GPU', 'training', 'sampling'],
  rows: outcomes().map(({ plan, memory }) => [plan.name, bytesText(memory.training), bytesText(memory.sampling)]),
});
