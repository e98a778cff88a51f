// Whole runs of the benches at toy size, in which our side plays the peer too: every row is there, and we are no different from ourselves.
// Leaves out: PyTorch's side, which needs its own environment (npm run bench -- engine --size tiny).
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { curateBench } from '../bench/curate/index.ts';
import { fullSize as curateSize } from '../bench/curate/world.ts';
import { growSpec } from '../bench/engine/grow-figure.ts';
import { engineBench } from '../bench/engine/index.ts';
import { evaluateBench } from '../bench/evaluate/index.ts';
import { quickSize } from '../bench/evaluate/world.ts';
import { Child } from '../bench/harness/child.ts';
import { modelsBench } from '../bench/models/index.ts';
import { renderSvg } from '../src/report/figures.ts';

const start = () => new Child('our side', process.execPath, [join(import.meta.dirname, '../bench/engine/worker.ts')]);

describe('a whole run', () => {
  it('gives every row, and finds no difference between our side and itself', { timeout: 60_000 }, async () => {
    const { machine, rows } = await engineBench({
      parts: ['i', 'ii', 'iii'],
      sizes: ['tiny'],
      quick: true,
      grow: false,
      log: () => {},
      starts: { ours: start, peer: start },
      measured: { limits: { gflops: 100, gigabytes: 10 }, rows: [], versions: { onnxruntime: 'x' } },
    });
    expect(machine).toMatchObject({ threads: 2, versions: { node: process.versions.node, onnxruntime: 'x' } });
    expect(rows).toHaveLength(3 + 6 + 4);
    expect(rows.filter((r) => r.what.startsWith('(i) ') && r.holds).length).toBe(1);
    const drift = rows.find((r) => r.what.includes('ΔW'));
    expect(drift).toMatchObject({ ours: 0, holds: true });
    const measured = rows.filter((r) => r.unit === 's' || r.unit === 'tokens/s' || r.unit === '%');
    for (const r of measured) expect(r.ours! > 0 && Number.isFinite(r.ratio), r.what).toBe(true);
  });

  it('of models: every row, and no difference between our side and itself', { timeout: 60_000 }, async () => {
    const { rows } = await modelsBench({
      sizes: ['tiny'],
      quick: true,
      log: () => {},
      starts: { ours: start, peer: start },
    });
    expect(rows).toHaveLength(5 + 6 + 6);
    expect(rows.find((r) => r.what.includes("from the peer's"))).toMatchObject({ ours: 0, holds: true });
    const changes = rows.filter((r) => r.what.includes('KL')).map((r) => r.ours as number);
    expect(changes[0]).toBeGreaterThan(0);
    expect(changes[1]).toBeGreaterThan(10 * changes[0]); // 4 bits against 8
    for (const r of rows.filter((r) => r.unit === 'tokens/s' || r.unit === 'MB'))
      expect(r.ratio! > 0, r.what).toBe(true);
  });

  it('of evaluation: real clips, every question answered, and the rows without a peer', async () => {
    const size = { ...quickSize, clips: 4, distinct: 2, width: 96, height: 64, frames: 24, latencyMs: 20, inFlight: 6 };
    const { rows } = await evaluateBench({ quick: true, alone: true, size, log: () => {} });
    expect(rows.map(({ what }) => what.split(',')[0])).toEqual([
      'decoding alone',
      'answers a second',
      'processor time a question',
    ]);
    expect(rows[1].note).toMatch(/^20 answers, [1-6] in flight at most/);
    for (const { ours } of rows) expect(ours).toBeGreaterThan(0);
  });

  it('of curation: every call answered through all stages, and a missing peer says why', async () => {
    const size = { ...curateSize, questions: 40, clips: 4, frameBytes: 800, latencyMs: 20 };
    const { rows } = await curateBench({ quick: true, size, peer: { skipped: 'there is none' }, log: () => {} });
    expect(rows).toHaveLength(5);
    expect(rows[0].note).toBe('84 calls');
    expect(rows[4]).toMatchObject({ peer: null, bar: null, holds: null, note: 'skipped: there is none' });
    expect(rows[4].ours).toBeCloseTo(1000 / rows[1].ours!, 6);
  });

  it('draws growth with a line a side', async () => {
    const points = (['ours', 'PyTorch'] as const).flatMap((side) =>
      [8, 16].map((x) => ({ part: 'ii' as const, axis: 'frames', x, side, seconds: x / 4 })),
    );
    const svg = await renderSvg(growSpec(points));
    for (const text of ['(ii) SFT step of Qwen2.5-VL', 'frames', 'seconds', 'PyTorch']) expect(svg).toContain(text);
  });
});
