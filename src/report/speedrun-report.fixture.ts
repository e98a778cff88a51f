// Test input only: a made-up, seeded speedrun, recognisable as such ("invented"). No number here was ever measured.
import { crc32, deflateSync } from 'node:zlib';
import { createRng, type Rng } from '../base/rng.ts';
import { problemTypes, skills } from '../data/sample.ts';
import type { EvaluationRow, ReportFrame, Rollout, SpeedrunReportData } from './speedrun-data.ts';
import { summarizeEvaluation } from './summarize.ts';
import { models } from './summary.ts';

function chunk(kind: string, body: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(kind, 'latin1'), body]);
  const out = Buffer.alloc(content.length + 8);
  out.writeUInt32BE(body.length, 0);
  content.copy(out, 4);
  out.writeUInt32BE(crc32(content), content.length + 4);
  return out;
}

/** An 84×84 PNG: a red disc at (x, y) on dark grey. */
function pictureOf(x: number, y: number): string {
  const size = 84;
  const rows = Buffer.alloc(size * (size * 3 + 1));
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const inside = (column - x) ** 2 + (row - y) ** 2 < 100;
      rows.set(inside ? [230, 50, 50] : [24, 24, 28], row * (size * 3 + 1) + 1 + column * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const png = [signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return `data:image/png;base64,${Buffer.concat(png).toString('base64')}`;
}

export const inventedFrames = (): ReportFrame[] =>
  Array.from({ length: 8 }, (_, i) => ({ src: pictureOf(70 - 8 * i, 42), width: 84, height: 84, time: i * 0.5 }));

function evaluationRows(rng: Rng, questions: number): EvaluationRow[] {
  const ability = {
    base: { think: 0.31, direct: 0.36 },
    sft: { think: 0.58, direct: 0.47 },
    rft: { think: 0.64, direct: 0.5 },
  };
  return Array.from({ length: questions }, (_, i) => i).flatMap((i) => {
    const difficulty = rng.next();
    const [skill, problem_type] = [rng.pick(skills), rng.pick(problemTypes)];
    return models.flatMap((model) =>
      (['think', 'direct'] as const).map((mode): EvaluationRow => {
        const lenient = ability[model][mode] + 0.15 * rng.normal() > difficulty ? 1 : 0;
        const formatOk = rng.next() < { base: 0.55, sft: 0.97, rft: 0.99 }[model];
        return {
          id: `invented-${i}`,
          path: `clips/invented-${i >> 1}.mp4`,
          skill,
          problem_type,
          kind: ['direction', 'count', 'order', 'speed'][i % 4],
          model,
          mode,
          strict: formatOk ? lenient : 0,
          lenient,
          output: `<think>The question asks. ${'A red circle moves left. '.repeat(1 + rng.int(6))}</think>\n<answer>A</answer>`,
          formatOk,
          semantic: mode === 'think' ? Math.min(1, Math.max(0, 0.45 + 0.18 * rng.normal())) : null,
        };
      }),
    );
  });
}

function group(rng: Rng, id: string): Rollout {
  const head = 'The question asks which way the red circle moves. ';
  const body = 'A red circle moves left. A blue square stays still. ';
  const accuracies = Array.from({ length: 8 }, () => (rng.next() < 0.6 ? 1 : 0));
  const semantics = accuracies.map(() => rng.uniform(0.2, 0.8));
  const totals = accuracies.map((accuracy, i) => 1 + accuracy + (accuracy > 0 ? semantics[i] : 0));
  const centre = totals.reduce((a, b) => a + b) / 8;
  const spread = Math.sqrt(totals.reduce((a, b) => a + (b - centre) ** 2, 0) / 7);
  return {
    id,
    path: 'clips/invented-7.mp4',
    step: 60,
    skill: 'spatiotemporal',
    problem_type: 'multiple choice',
    problem: 'Which way does the red circle move?',
    options: ['A. left', 'B. right', 'C. up', 'D. down'],
    reference: 'A',
    frames: inventedFrames(),
    completions: accuracies.map((accuracy, i) => ({
      output: `<think>${head}${body}So the red circle moves ${accuracy ? 'left' : 'right'}.</think>\n<answer>${accuracy ? 'A' : 'B'}</answer>`,
      span: { start: 7 + head.length, end: 7 + head.length + body.length + 24 },
      rewards: { total: totals[i], format: 1, accuracy, semantic: semantics[i] },
      advantage: (totals[i] - centre) / (spread + 1e-4),
      tokens: 34,
    })),
  };
}

function grpoRows(rng: Rng) {
  return Array.from({ length: 80 }, (_, step) => {
    const progress = 1 - Math.exp(-step / 35);
    const [format, accuracy] = [0.9 + 0.09 * progress, Math.min(1, 0.5 + 0.18 * progress + 0.06 * rng.normal())];
    const semantic = 0.4 + 0.08 * progress + 0.02 * rng.normal();
    const kl = 0.02 * progress + 0.002 * Math.abs(rng.normal());
    return {
      ...{
        step,
        reward: format + accuracy + accuracy * semantic,
        format,
        accuracy,
        semantic,
        semanticSpread: 0.15,
        kl,
      },
      ...{
        semanticSaturation: 0.04 + 0.02 * rng.next(),
        loss: 0.04 * kl + 0.001 * rng.normal(),
        gradNorm: 1 + 0.3 * rng.next(),
      },
      ...{ completionLength: 40 + 3 * rng.normal(), truncated: 0.01 * rng.next(), clipFraction: 0.01 * rng.next() },
    };
  });
}

/** The whole of a report's data, the same for the same seed. */
export function inventedReportData(seed = 1, questions = 400): SpeedrunReportData {
  const rng = createRng(seed);
  const evaluation = evaluationRows(rng.fork('evaluation'), questions);
  const { errors: _, accuracy, ci95, ...rest } = summarizeEvaluation(evaluation);
  return {
    title: 'An invented speedrun (test input, not a measurement)',
    command: `npm start -- --seed ${seed}`,
    finishedAt: '2000-01-01T00:00:00Z',
    machine: 'an invented machine with 2 cores',
    summary: {
      seconds: { world: 31.4, curate: 84.2, sft: 143, grpo: 291.6, evaluate: 64.9 },
      curation: { in: 1200, kept: 803, rejected: 371, quarantined: 26 },
      accuracy: { ...accuracy, blind: 0.3375, singleFrame: 0.4025, template: 0.3125 },
      ci95: { ...ci95, blind: [0.29, 0.385], singleFrame: [0.355, 0.4525], template: [0.2675, 0.36] },
      ...rest,
      peakRssMb: 2345,
      versions: { videorft: '0.0.0-invented', node: '24.0.0', 'onnxruntime-node': '1.30.0' },
    },
    sft: Array.from({ length: 60 }, (_, step) => ({
      step,
      loss: 0.4 + 2 * Math.exp(-step / 12) + 0.05 * rng.next(),
      gradNorm: 2,
    })),
    grpo: grpoRows(rng.fork('grpo')),
    evaluation,
    curation: {
      ...{ in: 1200, described: 1181, reasoned: 1177, refined: 1174, kept: 803, rejected: 371, quarantined: 26 },
      rejectedReasons: { 'wrong answer': 322, 'low text similarity': 49 },
      quarantinedReasons: { 'media-decode': 19, 'expert-json': 7 },
      examples: [
        {
          id: 'invented-3',
          problem: 'Which way does the red circle move?',
          reference: 'A',
          draft:
            'The question asks which way the red circle moves. A red circle moves right. A cyan cross stays still. So the red circle moves right.',
          revision:
            'The question asks which way the red circle moves. A red circle moves left. So the red circle moves left.',
          outcome: 'kept',
          frames: inventedFrames(),
        },
      ],
    },
    rollouts: [group(rng.fork('a'), 'invented-14'), group(rng.fork('b'), 'invented-15')],
    notes: ['Everything on this page is invented: it tests the page, not a model.'],
  };
}
