// The bench measures what it says: rows and bars, turns, processes that fail, shapes, counted work.
// Leaves out: whole runs (bench-runs.test.ts).

import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { findPeer, peerRows } from '../bench/curate/peer.ts';
import { relativeDrift } from '../bench/engine/compare.ts';
import { decodeLimit, matmulFlops } from '../bench/engine/flops.ts';
import { openModel } from '../bench/engine/open.ts';
import { prepareGenerate, prepareSft } from '../bench/engine/prepare.ts';
import { clipGrid, decoderConfig, modelConfig, readShapes, sizeNames } from '../bench/engine/shapes.ts';
import { engineStarts } from '../bench/engine/sides.ts';
import { formatShares, summarizeTrace } from '../bench/engine/trace.ts';
import { Child } from '../bench/harness/child.ts';
import { formatTable, jsonLine, rowOf, valueRow } from '../bench/harness/rows.ts';
import { alternate, summarize } from '../bench/harness/timing.ts';
import { profileStep } from '../bench/profile.ts';
import { gradients, input, matmul, mul, sum } from '../src/engine/index.ts';
import { writeWeights } from '../src/models/files.ts';
import { parseModelConfig, writeModelConfig } from '../src/models/qwen2_5_vl/config.ts';
import { weightShapes } from '../src/models/qwen2_5_vl/graphs.ts';
import { smallModelConfig } from '../src/recipes/pretrain/config.ts';
import { microBase } from '../src/recipes/shipped.ts';

const shapes = readShapes();
const folder = () => mkdtemp(join(tmpdir(), 'bench-test-'));

describe('rows', () => {
  const atMost = { kind: 'at most', value: 0.8 } as const;
  it('judge the ratio ours ÷ peer, and nothing where there is no bar', () => {
    const row = (ours: number | null, peer: number | null) => rowOf({ what: 'x', ours, peer, unit: 's', bar: atMost });
    expect(row(0.8, 1)).toMatchObject({ ratio: 0.8, bar: '≤ 0.8', holds: true });
    expect(row(0.81, 1).holds).toBe(false);
    expect(row(null, 1)).toMatchObject({ ratio: null, holds: false });
    expect(row(Number.NaN, 1).holds).toBe(false);
    const rate = { what: 'y', unit: 'tokens/s', bar: { kind: 'at least', value: 3 } } as const;
    expect(rowOf({ ...rate, ours: 30, peer: 10 })).toMatchObject({ ratio: 3, bar: '≥ 3', holds: true });
    expect(rowOf({ ...rate, ours: 29, peer: 10 }).holds).toBe(false);
    expect(rowOf({ what: 'z', ours: 1, peer: 2, unit: 's' })).toMatchObject({ ratio: 0.5, bar: null, holds: null });
    expect(valueRow({ what: 'd', ours: 0.9, unit: '', bar: atMost })).toMatchObject({ ratio: null, holds: false });
  });

  it('print as a table, and as one line of JSON with exactly the promised keys', () => {
    const rows = [
      rowOf({ what: 'a step', ours: 0.123456, peer: 0.1, unit: 's', bar: atMost, note: 'only here' }),
      rowOf({ what: 'tiny', ours: 1e-5, unit: '' }),
    ];
    const [, , first, second] = formatTable(rows).split('\n');
    expect(first).toMatch(/^a step +0\.1235 +0\.1 +s +1\.235 +≤ 0\.8 +NO +only here$/);
    expect(second).toMatch(/^tiny +1\.00e-5$/);
    const line = jsonLine('engine', { cores: 2 }, rows);
    expect(line).not.toContain('\n');
    const parsed = JSON.parse(line);
    expect(Object.keys(parsed)).toEqual(['bench', 'machine', 'rows']);
    expect(Object.keys(parsed.rows[0])).toEqual(['what', 'ours', 'peer', 'unit', 'ratio', 'bar', 'holds']);
  });
});

describe('timing', () => {
  it('takes the middle value, and the mean of the middle two', () => {
    expect(summarize([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
    expect(summarize([4, 1, 2, 10]).median).toBe(3);
    expect(() => summarize([])).toThrow(RangeError);
  });

  it('alternates, one side at a time', async () => {
    const events: string[] = [];
    const side = (name: string) => async () => {
      events.push(`${name}+`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      events.push(`${name}-`);
      return name;
    };
    const out = await alternate(2, { ours: side('A'), peer: side('B') }, 0);
    expect(events).toEqual(['A+', 'A-', 'B+', 'B-', 'A+', 'A-', 'B+', 'B-']);
    expect(out).toEqual({ ours: ['A', 'A'], peer: ['B', 'B'] });
  });
});

describe('a process', () => {
  const script = (body: string) => new Child('the test', process.execPath, ['-e', body]);
  const answering = (answer: string) =>
    script(
      `require('readline').createInterface({input:process.stdin}).on('line', l => { const r = JSON.parse(l); ${answer} })`,
    );

  it('answers beside other output, and tells its memory', async () => {
    const child = answering('console.log("hello"); console.log(JSON.stringify({id:r.id, result:[r.verb, r.args]}))');
    expect(await child.call('twice', { n: 2 })).toEqual(['twice', { n: 2 }]);
    if (process.platform === 'linux') expect(child.peakMemory()).toBeGreaterThan(10);
    await child.close();
  });

  it('that dies or refuses rejects with what it said', async () => {
    const dying = answering('console.error("no room"); process.exit(3)');
    await expect(dying.call('x')).rejects.toThrow(/status 3[\s\S]*no room/);
    await expect(dying.call('x')).rejects.toThrow('it has ended');
    await dying.close();
    const refusing = answering('console.log(JSON.stringify({id:r.id, error:"bad shape"}))');
    await expect(refusing.call('x')).rejects.toMatchObject({ code: 'bench-child', message: /bad shape/ });
    await refusing.close();
    await expect(new Child('nobody', '/nonexistent', []).call('x')).rejects.toThrow(/ENOENT|ended/);
  });
});

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const parameters = (name: (typeof sizeNames)[number]) =>
  Object.values(weightShapes(modelConfig(shapes.sizes[name]))).reduce((n, s) => n + sizeOf(s), 0);

describe('shapes', () => {
  it('micro is the shipped model; 100M is the paper’s clip at a hundred million parameters', () => {
    const shipped = JSON.parse(readFileSync(join(microBase, 'config.json'), 'utf8')) as { vocab_size: number };
    const { text, vision } = smallModelConfig('micro', shipped.vocab_size, () => 0);
    expect(shapes.sizes.micro).toMatchObject({ text, vision });
    const large = shapes.sizes['100M'];
    expect(parameters('100M')).toBeGreaterThan(90e6);
    expect(parameters('100M')).toBeLessThan(110e6);
    expect(large.text.vocab_size).toBe(32_000);
    expect(large.clip.width * large.clip.height).toBe(128 * 28 * 28);
    expect([large.clip.frames, large.sft.completion]).toEqual([16, 128]);
    expect(large.bars).toEqual({ decoder: 1.15, sft: 0.8, memory: 1, generate: 3 });
    for (const name of ['micro', '100M'] as const) {
      expect(shapes.sizes[name].generate).toEqual({ prompts: 8, samples: 8, tokens: 64, topP: 1 });
    }
  });

  it.each(sizeNames)('%s makes a configuration that can be run, of whole cells', (name) => {
    const size = shapes.sizes[name];
    const config = modelConfig(size);
    expect(parseModelConfig(writeModelConfig(config))).toEqual(config);
    for (const side of clipGrid(size).slice(1)) expect(side % size.vision.spatial_merge_size).toBe(0);
    expect(decoderConfig(size).num_key_value_heads).toBe(size.text.num_attention_heads);
  });

  it('write the same batch for the same seed, read back as rows without padding', async () => {
    const size = { ...shapes.sizes.tiny, sft: { rows: 3, completion: 5 } };
    const [a, b] = [await folder(), await folder()];
    await prepareSft(a, size, 4);
    await prepareSft(b, size, 4);
    for (const file of ['inputs.safetensors', 'model.safetensors'])
      expect((await readFile(join(a, file))).equals(await readFile(join(b, file)))).toBe(true);
    const cells = (2 * 4 * 6) / 4;
    const { rows, config } = await openModel(a);
    expect(rows.map((r) => r.completion.length)).toEqual([5, 5, 5]);
    expect(rows.map((r) => r.prompt.tokens.length)).toEqual([0, 1, 2].map((r) => size.promptText - r + 2 + cells));
    for (const { prompt } of rows) {
      expect(prompt.tokens.filter((t) => t === config.video_token_id).length).toBe(cells);
      expect(prompt.tokens[prompt.vision[0].start - 1]).toBe(config.vision_start_token_id);
    }
    await prepareGenerate(b, size, 4);
    expect((await openModel(b)).rows.map((r) => r.completion.length)).toEqual([0, 0]);
  });
});

describe('work and limits', () => {
  it('counts the products of forward and backward', () => {
    const [a, b] = [input('a', [4, 3, 5]), input('b', [5, 7])];
    const y = matmul(a, b);
    expect(matmulFlops([y])).toBe(2 * 12 * 5 * 7);
    expect(matmulFlops([matmul(b, a, { transA: true, transB: true })])).toBe(2 * 4 * 7 * 3 * 5);
    const loss = sum(mul(y, y));
    expect(matmulFlops(gradients(loss, [a, b]))).toBe(3 * 2 * 12 * 5 * 7);
  });

  it('bounds decoding by arithmetic or by memory, whichever is slower', () => {
    const c = shapes.sizes.tiny.text; // 2 layers, hidden 32, 2 heads of 16, 1 key-value head, tied head of 96
    const layer = 2 * 32 * 32 + 2 * 16 * 32 + 3 * 48 * 32;
    const weights = 96 * 32 + 2 * layer;
    const work = { rows: 3, context: 9, steps: 1 };
    const arithmetic = (2 * weights * 3 + 2 * 4 * 3 * 32 * 10) / 1e9;
    expect(decodeLimit(c, work, { gflops: 1, gigabytes: 1e9 })).toBeCloseTo(arithmetic, 12);
    const memory = (4 * weights + 2 * 2 * 3 * 16 * 10 * 4) / 1e9;
    expect(decodeLimit(c, work, { gflops: 1e9, gigabytes: 1 })).toBeCloseTo(memory, 12);
  });

  it('measures how far two changes are apart', async () => {
    const dir = await folder();
    const write = async (name: string, values: readonly number[]) => {
      await mkdir(join(dir, name));
      await writeWeights(join(dir, name), { w: { dtype: 'f32', shape: [2], data: Float32Array.from(values) } });
      return join(dir, name);
    };
    const before = await write('before', [1, 1]);
    const ours = await write('ours', [1.5, 4]);
    const reference = await write('reference', [1, 5]);
    expect(await relativeDrift(before, ours, reference)).toBeCloseTo(Math.hypot(0.5, 1) / 4, 12);
    expect(await relativeDrift(before, reference, reference)).toBe(0);
  });
});

describe('a profile', () => {
  const kernel = (op_name: string, ts: number, dur: number) => {
    const args = { op_name, input_type_shape: [{ float: [2, 3] }, { float: [] }] };
    return { cat: 'Node', name: `n${ts}_kernel_time`, ts, dur, args };
  };
  const run = (ts: number, dur: number) => ({ cat: 'Session', name: 'model_run', ts, dur });

  it('adds up the last run by operator and shape, and tells what is left', () => {
    const events = [
      run(0, 900),
      kernel('Mul', 10, 800),
      run(1000, 100),
      kernel('Mul', 1010, 30),
      kernel('Add', 1050, 20),
    ];
    const fence = { ...kernel('Mul', 1041, 5), name: 'n_fence_before' };
    const trace = summarizeTrace([...events, fence, kernel('Mul', 1080, 10)]);
    expect(trace).toEqual({
      runMs: 0.1,
      byOperator: [
        { what: 'Mul', calls: 2, ms: 0.04, percent: 40 },
        { what: 'Add', calls: 1, ms: 0.02, percent: 20 },
        { what: '(between kernels)', calls: 3, ms: 0.04, percent: 40 },
      ],
      byShape: [
        { what: 'Mul  2×3, scalar', calls: 2, ms: 0.04, percent: 40 },
        { what: 'Add  2×3, scalar', calls: 1, ms: 0.02, percent: 20 },
      ],
    });
    expect(formatShares(trace.byOperator, 1).split('\n')[1]).toMatch(/^ +0\.04 +40\.0 +2 {2}Mul$/);
    expect(() => summarizeTrace(events.slice(1, 2))).toThrow(RangeError);
  });

  it('of a step names the matrix products of the engine', async () => {
    const { byOperator, runMs } = await profileStep({ part: 'ii', size: 'tiny', steps: 2, variant: 'fused' });
    const calls = (what: string) => byOperator.find((s) => s.what === what)?.calls ?? 0;
    expect(calls('FusedMatMul')).toBeGreaterThan(20);
    expect(calls('SimplifiedLayerNormalization')).toBe(2 * 2 + 1 + 2 * 2 + 1);
    expect(byOperator.reduce((ms, s) => ms + s.ms, 0)).toBeCloseTo(runMs, 6);
  });
});

describe('the peer', () => {
  it.each(['engine', 'evaluate', 'curator'])('%s is pinned, and its download size stated', async (name) => {
    const list = join(import.meta.dirname, `../bench/peers/${name}.txt`);
    const lines = (await readFile(list, 'utf8')).trim().split('\n');
    expect(lines[0]).toMatch(/^# download: \d+ [MG]B/);
    for (const line of lines.filter((l) => !l.startsWith('#'))) expect(line).toMatch(/^[a-z-]+==[\d.]+$/);
  });

  it('of curation is skipped with a reason where its Python or its package is missing', async () => {
    const folderOfNone = await folder();
    vi.stubEnv('VIDEORFT_PEER_PYTHON', join(folderOfNone, 'python'));
    expect(findPeer()).toEqual({ skipped: 'there is no Python for the peer curator: npm run peers -- curator' });
    await writeFile(process.env.VIDEORFT_PEER_PYTHON!, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(findPeer()).toMatchObject({ skipped: expect.stringContaining('has no bespokelabs-curator') });
    vi.unstubAllEnvs();
  });

  it("of curation: three times its calls a processor-second is the bar's edge, whatever the clock says", () => {
    const ours = { calls: 300, seconds: 9, cpuSeconds: 1 };
    const peer = (cpuSeconds: number) => ({ calls: 300, seconds: 1, cpuSeconds });
    const holds = (same: number, text: number) =>
      peerRows(ours, { sameBytes: peer(same), textAlone: peer(text) }).map((row) => row.holds);
    expect(holds(3, 1)).toEqual([true, null, null]);
    expect(holds(2.9, 9)).toEqual([false, null, null]);
  });

  it('may be any Python, and its absence says what to do', async () => {
    const before = process.env.VIDEORFT_PEER_PYTHON;
    try {
      process.env.VIDEORFT_PEER_PYTHON = join(await folder(), 'python');
      expect(() => engineStarts(2)).toThrow('there is no Python for the peer engine');
      await writeFile(process.env.VIDEORFT_PEER_PYTHON, '');
      expect(engineStarts(2)).toHaveProperty('peer');
    } finally {
      if (before === undefined) delete process.env.VIDEORFT_PEER_PYTHON;
      else process.env.VIDEORFT_PEER_PYTHON = before;
    }
  });
});
