// `videorft eval` over the six benchmarks' small releases with the shipped micro model, and what is done with result files afterwards: every row
// holds what diff needs, diff names the stage that was changed, rescore gives what another ladder would have given.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowsOf, runCli } from '../../test/support/cli-world.ts';
import { setLogLevel } from '../base/log.ts';
import { benchmarkNames, type EvaluatedRow, seedOf } from '../evaluate/index.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/benchmarks');
let dir: string;
beforeAll(() => {
  setLogLevel('silent');
  dir = mkdtempSync(join(tmpdir(), 'videorft-eval-'));
});
afterAll(() => {
  setLogLevel('info');
  rmSync(dir, { recursive: true, force: true });
});

const at = (name: string) => join(dir, `${name}.jsonl`);
const evaluate = (benchmark: string, out: string, ...more: readonly (string | number)[]) =>
  runCli(
    ...['eval', '--benchmark', benchmark, '--media-root', join(fixtures, benchmark), '--partial', '--max-tokens', 48],
    ...['--out', at(out), ...more],
  );

test.each(benchmarkNames)('%s through the micro model: no errors, every row with its evidence', async (name) => {
  const { status, out, err } = await evaluate(name, name);
  expect([status, err]).toEqual([0, '']);
  const rows = rowsOf<EvaluatedRow>(at(name));
  expect(out).toMatch(new RegExp(`^benchmark ${name} +${rows.length} +0 `, 'm'));
  expect(out).toContain(`answered ${rows.length} + errors 0`);
  for (const row of rows) {
    expect([row.benchmark, row.error]).toEqual([name, null]);
    expect([row.prompt, row.pixels].every((hash) => /^[0-9a-f]{64}$/.test(hash ?? ''))).toBe(true);
    expect(row.frames).toMatchObject({ width: 84, height: 84 });
    expect([row.frames?.indices.length, row.frames?.times.length]).toEqual([8, 8]);
    expect(row.request?.decoding).toEqual({
      maxTokens: 48,
      temperature: 0.01,
      topP: 0.001,
      seed: seedOf(0, row.id, 1),
    });
    expect(row.tokens).toBeGreaterThan(0);
  }
  const manifest = JSON.parse(readFileSync(join(dir, `${name}.manifest.json`), 'utf8'));
  expect(manifest).toMatchObject({
    format: 'videorft-evaluation/1',
    protocol: { name: 'micro', version: 1 },
    changed: ['decoding'],
    dataset: { benchmark: name, form: 'official', samples: { count: rows.length } },
    model: { folder: 'assets/micro-base', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    decoder: expect.stringMatching(/^FFmpeg \d/),
    seed: 0,
  });
});

test('without --partial a benchmark of which rows are missing is refused, with what is missing', async () => {
  const { status, err } = await runCli(
    'eval',
    '--benchmark',
    'mmvu',
    '--media-root',
    join(fixtures, 'mmvu'),
    '--out',
    at('whole'),
  );
  expect([status, err]).toEqual([1, expect.stringMatching(/3 rows of 1000[\s\S]*--partial[\s\S]*benchmark-rows/)]);
});

test('misuse: nothing to ask, both, no place for rows, another verb, a protocol that is none', async () => {
  const status = async (...args: string[]) => {
    const { status: code, err } = await runCli('eval', ...args);
    return [code, err.split('\n')[0]];
  };
  const place = ['--media-root', dir, '--out', at('none')];
  expect(await status(...place)).toEqual([2, 'nothing to ask']);
  expect(await status('--data', 'a', '--benchmark', 'mmvu', ...place)).toEqual([2, 'sample files and a benchmark']);
  expect(await status('--benchmark', 'mmvu', '--media-root', dir)).toEqual([2, 'the file for the rows is missing']);
  expect(await status('dif')).toEqual([2, 'eval has no dif']);
  expect(await status('diff', 'a')).toEqual([2, '1 files given']);
  const unknown = await evaluate('mmvu', 'none', '--protocol', 'videorft-papr');
  expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining('did you mean videorft-paper?')]);
});

describe('thinking and directly', () => {
  test('both are asked with one command, and the difference is told with its interval', async () => {
    const { out, status } = await evaluate('tempcompass', 'both', '--mode', 'both');
    expect(status).toBe(0);
    expect(out).toMatch(
      /thinking minus direct: [+-]?[\d.]+% \[[-\d.]+, [-\d.]+\], p [\d.]+, 5 questions: \d better, \d worse/,
    );
    const [think, direct] = [rowsOf<EvaluatedRow>(at('both')), rowsOf<EvaluatedRow>(at('both.direct'))];
    expect(direct.map(({ id, pixels }) => [id, pixels])).toEqual(think.map(({ id, pixels }) => [id, pixels]));
    expect(direct.map(({ prompt }) => prompt)).not.toEqual(think.map(({ prompt }) => prompt));
    expect((await evaluate('tempcompass', 'both', '--mode', 'both')).out).toBe(out);
  });
});

describe('diff', () => {
  const stage = async (a: string, b: string) => {
    const { out, status } = await runCli('eval', 'diff', at(a), at(b));
    return { status, line: out.split('\n').find((line) => line.includes('questions =')), out };
  };

  test('a run against itself: the same, status 0', async () => {
    expect(await stage('mmvu', 'mmvu')).toMatchObject({
      status: 0,
      line: '2 questions = 2 the same + 0 that first differ in: –',
    });
  });

  test.each<[string, string, readonly (string | number)[]]>([
    ['frames', 'frames 2', ['--protocol', join(fixtures, '../protocol-4-frames.json')]],
    ['prompt', 'prompt 2', ['--mode', 'direct']],
    ['decoding', 'decoding 2', ['--seed', 3]],
    ['extraction', 'extraction', ['--ladder', 'lenient']],
  ])('%s: the stage that was changed is named', async (name, counts, flags) => {
    await evaluate('mmvu', `mmvu-${name}`, ...flags);
    const { line, status, out } = await stage('mmvu', `mmvu-${name}`);
    expect([status, line]).toEqual([1, expect.stringContaining(counts)]);
    expect(out).toMatch(/first: {2}.+\n {2}second: .+/);
  });

  test('another clip under the same name: pixels; a row that one run lacks: rows', async () => {
    const other = join(dir, 'other');
    cpSync(join(fixtures, 'mmvu'), other, { recursive: true });
    cpSync(join(fixtures, 'tempcompass/videos/1001.mp4'), join(other, 'videos/Mechanics/3.mp4'));
    await evaluate('mmvu', 'mmvu-other', '--media-root', other);
    expect((await stage('mmvu', 'mmvu-other')).line).toBe(
      '2 questions = 1 the same + 1 that first differ in: pixels 1',
    );
    await evaluate('mmvu', 'mmvu-one', '--limit', 1);
    expect((await stage('mmvu', 'mmvu-one')).line).toBe('2 questions = 1 the same + 1 that first differ in: rows 1');
  });

  test('a file without a manifest, or that is none, is an error that names it', async () => {
    writeFileSync(at('bare'), readFileSync(at('mmvu')));
    expect((await runCli('eval', 'diff', at('mmvu'), at('bare'))).err).toMatch(
      /no manifest[\s\S]*bare\.manifest\.json/,
    );
    expect((await runCli('eval', 'diff', at('mmvu'), join(fixtures, 'mmvu/validation.json'))).err).toContain(
      'jsonl-parse',
    );
    expect((await runCli('eval', 'diff', at('mmvu'), at('gone'))).err).toContain('jsonl-missing');
  });
});

describe('rescore', () => {
  test('another ladder without a model gives the verdicts that a run under it gives', async () => {
    await evaluate('mvbench', 'lenient', '--ladder', 'lenient');
    const { status, out } = await runCli(
      'eval',
      'rescore',
      at('mvbench'),
      '--ladder',
      'lenient',
      '--out',
      at('rescored'),
    );
    expect([status, out]).toEqual([0, expect.stringContaining('20 rows, ')]);
    const verdicts = (name: string) =>
      rowsOf<EvaluatedRow>(at(name)).map(({ id, extracted, rung, score, outcome }) => [
        id,
        extracted,
        rung,
        score,
        outcome,
      ]);
    expect(verdicts('rescored')).toEqual(verdicts('lenient'));
    expect((await runCli('eval', 'diff', at('lenient'), at('rescored'))).out).toContain('20 questions = 20 the same');
    const manifest = JSON.parse(readFileSync(join(dir, 'rescored.manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      protocol: { scoring: { ladder: 'lenient' } },
      rescored: { file: 'mvbench.jsonl' },
    });
    expect((await runCli('eval', 'rescore', at('mvbench'), '--out', at('rescored'))).err).toContain('result-exists');
  });

  test('scores that somebody wrote into a file do not survive: they come from the outputs', async () => {
    const rows = rowsOf<EvaluatedRow>(at('mvbench')).map((row) => ({ ...row, score: 1, outcome: 'right' }));
    writeFileSync(at('forged'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    writeFileSync(join(dir, 'forged.manifest.json'), readFileSync(join(dir, 'mvbench.manifest.json')));
    const honest = await runCli('eval', 'rescore', at('mvbench'));
    const forged = await runCli('eval', 'rescore', at('forged'));
    expect(forged.out.split('\n')[1]).toBe(honest.out.split('\n')[1]);
    expect(forged.out).toMatch(/20 rows, [1-9]\d* with another verdict/);
  });
});

test('--list tells where each benchmark comes from; --check what is missing, with its status', async () => {
  const { out, status } = await runCli('eval', '--list');
  expect(status).toBe(0);
  for (const name of benchmarkNames) expect(out).toMatch(new RegExp(`^${name}: `, 'm'));
  expect(out).toMatch(/videorft-released\/1: .*bba6099/);
  const check = await runCli('eval', '--check', fixtures);
  expect([check.status, check.out.match(/not complete/g)?.length]).toEqual([1, 6]);
  expect(check.out).toContain('validation.json: 3 rows of 1000 = 2 questions + 1 left out');
  const one = await runCli('eval', '--check', fixtures, '--benchmark', 'vsibench');
  expect(one.out.match(/not complete/g)).toHaveLength(1);
  expect((await runCli('eval', '--check', dir)).err).toContain('benchmark-missing');
});
