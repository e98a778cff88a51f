// The last stage: summary.json, report.html and the table of the terminal, from what the stages left in the run folder.
import { cpus } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { readJsonl } from '../../base/jsonl.ts';
import type { CurationCounts } from '../../curate/index.ts';
import type { Sample } from '../../data/sample.ts';
import { frameDataUrl } from '../../media/index.ts';
import {
  type CurationReport,
  type EvaluationRow,
  type ReportCompletion,
  type ReportFrame,
  type Rollout,
  renderSpeedrunReport,
  type SpeedrunReportData,
  type Summary,
  summarizeEvaluation,
  summarySchema,
} from '../../report/index.ts';
import { readRun } from '../../runs/index.ts';
import type { RolloutRow } from '../../train/rollout-log.ts';
import type { ClipSource } from '../clips.ts';
import type { Trained } from '../training.ts';
import type { Baselines } from './baselines.ts';

const SHOWN_ROLLOUTS = 12;
const SHOWN_CHAINS = 4;

export interface ReportInputs {
  readonly dir: string;
  readonly command: string;
  readonly seconds: Record<string, number>;
  readonly peakRssMb: number;
  readonly versions: Record<string, string>;
  readonly counts: CurationCounts;
  readonly curationDir: string;
  readonly evaluation: readonly EvaluationRow[];
  readonly baselines: Baselines;
  /** Best constant answer per template learnt on the training rows, scored on the same questions. */
  readonly template: { readonly accuracy: number; readonly ci95: readonly [number, number] };
  readonly sft: Trained;
  readonly grpo: Trained;
  readonly rl: readonly Sample[];
  readonly clips: ClipSource;
}

export function summarize(i: ReportInputs): Summary {
  const { errors, accuracy, ci95, ...rest } = summarizeEvaluation(i.evaluation);
  const { blind, singleFrame } = i.baselines;
  const { in: total, kept, rejected, quarantined } = i.counts;
  return summarySchema.parse({
    seconds: i.seconds,
    curation: { in: total, kept, rejected, quarantined },
    accuracy: { ...accuracy, blind: blind.accuracy, singleFrame: singleFrame.accuracy, template: i.template.accuracy },
    ci95: { ...ci95, blind: blind.ci95, singleFrame: singleFrame.ci95, template: i.template.ci95 },
    ...rest,
    evaluationErrors: errors,
    peakRssMb: i.peakRssMb,
    versions: i.versions,
  });
}

async function framesOf(clips: ClipSource, sample: Pick<Sample, 'path'>): Promise<ReportFrame[]> {
  const clip = await clips.clip(sample as Sample);
  const frames = clip?.frames ?? [];
  return Promise.all(
    frames.map(async (frame) => ({
      src: await frameDataUrl(frame, 'png'),
      width: frame.width,
      height: frame.height,
      time: frame.time,
    })),
  );
}

type StoredCompletion = Omit<ReportCompletion, 'rewards'> & {
  readonly total: number;
  readonly format: number;
  readonly accuracy: number;
  readonly semantic: number | null;
};

const answerOf = (solution: string) => solution.replace(/<\/?answer>/g, '');

async function rollouts(i: ReportInputs): Promise<Rollout[]> {
  const run = await readRun(i.grpo.run);
  const samples = new Map(i.rl.map((s) => [String(s.problem_id), s]));
  const steps = await run.rollouts.steps();
  const chosen = [steps[0], steps[steps.length >> 1], ...steps.slice(-2)].filter(
    (s, k, all) => s !== undefined && all.indexOf(s) === k,
  );
  const out: Rollout[] = [];
  for (const step of chosen) {
    const rows = (await run.rollouts.read(step)) as RolloutRow[];
    for (const row of rows.slice(0, Math.ceil(SHOWN_ROLLOUTS / chosen.length))) {
      const sample = samples.get(row.id);
      if (!sample) continue;
      out.push({
        id: row.id,
        path: row.path,
        step,
        skill: sample.skill ?? 'general',
        problem_type: sample.problem_type,
        problem: row.problem,
        options: [...row.options],
        reference: answerOf(row.solution),
        frames: await framesOf(i.clips, row),
        completions: (row.completions as StoredCompletion[]).map(({ total, format, accuracy, semantic, ...c }) => ({
          output: c.output,
          span: c.span,
          advantage: c.advantage,
          tokens: c.tokens,
          rewards: { total, format, accuracy, semantic: semantic ?? 0 },
        })),
      });
    }
  }
  return out;
}

type Chain = Sample & {
  readonly draft: string;
  readonly inconsistencies: readonly object[];
  readonly generated_answer: string;
  readonly rejected?: string;
};

async function curationReport(i: ReportInputs): Promise<CurationReport> {
  const read = async (name: string) => (await readJsonl<Chain>(join(i.curationDir, name))).rows;
  const [kept, rejected] = [await read('cot.jsonl'), await read('rejected.jsonl')];
  const revised = (rows: Chain[]) => rows.filter((r) => r.inconsistencies.length > 0);
  const shown = [...revised(kept).slice(0, SHOWN_CHAINS - 1), ...revised(rejected).slice(0, 1)];
  const { stages, in: total, kept: k, rejected: r, quarantined: q } = i.counts;
  const counted = (rows: readonly { reason: string }[]) => {
    const out: Record<string, number> = {};
    for (const { reason } of rows) out[reason] = (out[reason] ?? 0) + 1;
    return out;
  };
  const { rows: quarantined } = await readJsonl<{ quarantine: { code: string } }>(
    join(i.curationDir, 'quarantined.jsonl'),
  );
  return {
    in: total,
    kept: k,
    rejected: r,
    quarantined: q,
    described: stages.describe.out,
    reasoned: stages.reason.out,
    refined: stages.refine.out,
    rejectedReasons: counted(rejected.map((row) => ({ reason: row.rejected ?? 'unknown' }))),
    quarantinedReasons: counted(quarantined.map((row) => ({ reason: row.quarantine.code }))),
    examples: await Promise.all(
      shown.map(async (row) => ({
        id: row.problem_id,
        problem: row.problem,
        reference: answerOf(row.solution),
        draft: row.draft,
        revision: `${row.process}\n<answer>${row.generated_answer}</answer>`,
        outcome: row.rejected ?? 'kept',
        frames: await framesOf(i.clips, row),
      })),
    ),
  };
}

/** Writes summary.json and report.html; returns the summary. */
export async function reportStage(i: ReportInputs): Promise<Summary> {
  const summary = summarize(i);
  const [sft, grpo] = [await readRun(i.sft.run), await readRun(i.grpo.run)];
  const data = {
    title: 'VideoRFT speedrun',
    command: i.command,
    finishedAt: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    summary,
    sft: (await sft.metrics.all()) as unknown as SpeedrunReportData['sft'],
    grpo: (await grpo.metrics.all()) as unknown as SpeedrunReportData['grpo'],
    evaluation: [...i.evaluation],
    curation: await curationReport(i),
    rollouts: await rollouts(i),
    notes: [
      'The experts are local stand-ins for GPT-4o-mini, DeepSeek-R1 and Qwen2.5-VL: they see nothing but HTTP requests, and work for clips of the micro-world.',
      'The base model and the SigLIP are micro models that this project pretrained itself and ships; `videorft pretrain` makes them anew.',
      `Blind and single-frame baselines were trained once by \`${i.baselines.command}\` and are shipped as numbers.`,
    ],
  };
  await writeFileAtomic(join(i.dir, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  await writeFileAtomic(join(i.dir, 'report.html'), await renderSpeedrunReport(data));
  return summary;
}
