// What a training is about to do, said before it begins: samples, tokens, steps, memory; refused where it cannot fit. Time is what the
// progress bar knows after the first steps. Leaves out: samples that cannot be loaded (the loop sets them aside).
import type { EmbeddedBackend, TrainingPlan } from '../backends/embedded/index.ts';
import type { Backend, LossInput, Sequence } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import type { LoadPrompt } from '../train/source.ts';

/** What the loop will do, as far as its configuration says. */
export interface Outline {
  readonly kind: LossInput['kind'];
  readonly steps: number;
  /** Sequences of one step, and how many of them continue one prompt. */
  readonly sequences: number;
  readonly perPrompt: number;
  /** Tokens of a sample's completion, at most. */
  readonly completionTokens: (sample: Sample, backend: Pick<Backend, 'tokenize'>) => number;
}

/** Samples that are looked at. */
const PROBES = 4;

/** The first samples that can be loaded, as the sequences of a pass. */
async function probes(
  backend: EmbeddedBackend,
  samples: readonly Sample[],
  load: LoadPrompt,
  outline: Outline,
): Promise<Sequence[]> {
  const out: Sequence[] = [];
  for (const sample of samples.slice(0, 4 * PROBES)) {
    if (out.length >= PROBES * outline.perPrompt || out.length >= outline.sequences) break;
    const prompt = await load(sample).catch((error: unknown) => {
      if (!(error instanceof VideorftError)) throw error; // the loop sets it aside, with its reason
    });
    if (!prompt) continue;
    const tokens = new Array<number>(outline.completionTokens(sample, backend)).fill(0);
    out.push(...Array.from({ length: outline.perPrompt }, () => ({ prompt, tokens })));
  }
  return out;
}

const size = (bytes: number) => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
const range = (values: readonly number[]) => {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? `${most}` : `${least} to ${most}`;
};

/** The plan's two lines. */
export function formatPlan(
  plan: TrainingPlan,
  outline: Outline,
  {
    samples,
    completions,
    free,
  }: { readonly samples: number; readonly completions: readonly number[]; readonly free: number },
): string {
  const most = outline.kind === 'grpo' ? 'up to ' : '';
  return [
    `plan: ${samples} samples, ${range(plan.promptTokens)} tokens of prompt and ${most}${range(completions)} of completion in the first; ` +
      `${outline.steps} steps of ${outline.sequences}`,
    `memory: ${size(plan.weights)} of weights, and ${size(plan.trained)} to train them + ${size(plan.pass)} for a pass at its peak (estimated), ` +
      `of ${size(free)} free`,
  ].join('\n');
}

/**
 * Looks at the first samples and returns the plan's lines; nothing where none of them can be loaded.
 * Throws 'train-memory' where the estimate is larger than the memory that is free.
 */
export async function planTraining(
  backend: EmbeddedBackend,
  samples: readonly Sample[],
  load: LoadPrompt,
  outline: Outline,
): Promise<string | undefined> {
  const batch = await probes(backend, samples, load, outline);
  if (batch.length === 0) return undefined;
  const plan = backend.plan(batch, outline.kind, { reference: outline.kind === 'grpo' });
  const free = process.availableMemory();
  const completions = batch.map((s) => s.tokens.length);
  const lines = formatPlan(plan, outline, { samples: samples.length, completions, free });
  if (plan.trained + plan.pass < free) return lines;
  throw new VideorftError(`this training does not fit. ${lines.replace('\n', '; ')}`, {
    code: 'train-memory',
    fix: 'train an adapter (--lora.rank 16), hold the base as f16 (--engine.dtype f16), take fewer rows a pass (--engine.max-rows 1) or a profile with fewer pixels',
  });
}
