// `videorft eval` in parts: three shards merged are the whole run, and merge refuses whatever would not be; several answers to each question.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChatServer, startChatServer, wireText } from '../../test/support/chat-server.ts';
import { rowsOf, runCli } from '../../test/support/cli-world.ts';
import { sha256 } from '../base/hash.ts';
import { setLogLevel } from '../base/log.ts';
import type { EvaluatedRow } from '../evaluate/index.ts';
import { idsHash } from '../recipes/evaluation-manifest.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/benchmarks');
let dir: string;
let server: ChatServer;
beforeAll(async () => {
  setLogLevel('silent');
  dir = mkdtempSync(join(tmpdir(), 'videorft-shards-'));
  // What is said depends on text, frames and seed alone.
  server = await startChatServer((body) => {
    const draw = Number.parseInt(sha256(`${wireText(body)} ${body.seed}`).slice(0, 6), 16);
    return { text: draw % 7 === 0 ? 'Hm.' : `<answer>${'ABC'[draw % 3]}</answer>` };
  });
});
afterAll(async () => {
  setLogLevel('info');
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

const at = (name: string, ending = 'jsonl') => join(dir, `${name}.${ending}`);
const evaluate = (out: string, ...more: readonly (string | number)[]) =>
  runCli(
    ...['eval', '--benchmark', 'mvbench', '--media-root', join(fixtures, 'mvbench'), '--partial', '--out', at(out)],
    ...['--endpoint', server.baseURL, '--endpoint-model', 'tested', '--temperature', 1, ...more],
    ...['--protocol', join(fixtures, '../protocol-4-frames.json')],
  );
const merge = (out: string, ...parts: readonly string[]) =>
  runCli('eval', 'merge', ...parts.map((name) => at(name)), '--out', at(out));
const summaryTable = (name: string) => JSON.parse(readFileSync(at(name, 'summary.json'), 'utf8')).table;

describe('shards', () => {
  beforeAll(async () => {
    await evaluate('whole');
    for (const k of [1, 2, 3]) await evaluate(`part-${k}`, '--shard', `${k}/3`);
  });

  test('each part is asked its own videos, says so, and adds up', async () => {
    const parts = [1, 2, 3].map((k) => rowsOf<EvaluatedRow>(at(`part-${k}`)));
    expect(parts.flat()).toHaveLength(20);
    const paths = parts.map((rows) => new Set(rows.map(({ path }) => path)));
    expect(paths.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(parts.flat().map(({ path }) => path)).size);
    const { out } = await evaluate('part-1', '--shard', '1/3');
    const n = parts[0].length;
    expect(out).toContain(`= answered ${n} + errors 0 + set aside 0 + not drawn 0 + in other shards ${20 - n}`);
  });

  test('merged, in any order, they are the whole run: rows, scores, manifest', async () => {
    const { status, out, err } = await merge('merged', 'part-3', 'part-1', 'part-2');
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain('videorft-');
    const diff = await runCli('eval', 'diff', at('whole'), at('merged'));
    expect(diff).toMatchObject({ status: 0, out: expect.stringContaining('20 questions = 20 the same + 0') });
    expect(summaryTable('merged')).toEqual(summaryTable('whole'));
    await merge('merged-otherwise', 'part-1', 'part-2', 'part-3');
    expect(readFileSync(at('merged-otherwise'), 'utf8')).toBe(readFileSync(at('merged'), 'utf8'));
  });

  test('the page of what is merged shows frames where it is told where the videos are', async () => {
    const page = join(dir, 'merged.html');
    const report = (...more: string[]) => runCli('eval', 'report', at('merged'), '--shown', 2, '--out', page, ...more);
    await report();
    expect(readFileSync(page, 'utf8')).toContain('merged.config.yaml: give --media-root');
    await report('--media-root', join(fixtures, 'mvbench'));
    expect(readFileSync(page, 'utf8').match(/the very pixels that the model was shown/g)).toHaveLength(2);
  });

  const refused = async (code: string, said: RegExp, ...parts: readonly string[]) => {
    const { status, err } = await merge('never', ...parts);
    expect([status, err]).toEqual([1, expect.stringMatching(said)]);
    expect(err).toContain(`code: ${code}`);
  };

  test('each machine may have an endpoint of its own', async () => {
    const manifest = JSON.parse(readFileSync(at('part-2', 'manifest.json'), 'utf8'));
    writeFileSync(at('elsewhere'), readFileSync(at('part-2')));
    const moved = { ...manifest, model: { ...manifest.model, endpoint: 'gpu-2:8000' } };
    writeFileSync(at('elsewhere', 'manifest.json'), JSON.stringify(moved));
    expect((await merge('of-two-machines', 'part-1', 'elsewhere', 'part-3')).status).toBe(0);
    const { merged } = JSON.parse(readFileSync(at('of-two-machines', 'manifest.json'), 'utf8'));
    expect(merged.map(({ endpoint }: { endpoint: string }) => endpoint)[1]).toBe('gpu-2:8000');
    const other = { ...manifest, model: { ...manifest.model, name: 'another' } };
    writeFileSync(at('elsewhere', 'manifest.json'), JSON.stringify(other));
    await refused('merge-manifests', /differs: model\.name/, 'part-1', 'elsewhere', 'part-3');
  });

  const copyOf = (name: string, change: (lines: string[]) => string[]) => {
    const lines = readFileSync(at(name), 'utf8').split('\n').filter(Boolean);
    writeFileSync(
      at(`${name}-copy`),
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
    writeFileSync(at(`${name}-copy`, 'manifest.json'), readFileSync(at(name, 'manifest.json')));
    return `${name}-copy`;
  };
  test('a shard that is missing, or given twice', async () => {
    await refused('merge-shards', /1 are missing and 0[\s\S]*missing: 2/, 'part-1', 'part-3');
    await refused('merge-shards', /0 are missing and 1[\s\S]*twice: 1/, 'part-1', 'part-1', 'part-2', 'part-3');
    await refused('merge-shard', /not the result of a shard/, 'whole', 'part-1');
  });

  test('a part that was made otherwise', async () => {
    await evaluate('other-seed', '--shard', '2/3', '--seed', 1);
    await refused('merge-manifests', /differs: seed/, 'part-1', 'other-seed', 'part-3');
    await evaluate('other-protocol', '--shard', '2/3', '--mode', 'direct');
    await refused('merge-manifests', /differs: .*protocol\.mode/, 'part-1', 'other-protocol', 'part-3');
    await evaluate('of-two', '--shard', '2/2');
    await refused('merge-manifests', /differs: shard\.of/, 'part-1', 'of-two', 'part-3');
  });

  test('rows that are missing, doubled, torn, or of another part', async () => {
    await refused(
      'merge-rows',
      /1 rows are missing/,
      'part-1',
      copyOf('part-2', (lines) => lines.slice(1)),
      'part-3',
    );
    const torn = copyOf('part-2', (lines) => lines);
    writeFileSync(at(torn), readFileSync(at(torn), 'utf8').slice(0, -40));
    await refused('merge-rows', /1 rows are missing[\s\S]*goes on where it stopped/, 'part-1', torn, 'part-3');
    await refused(
      'merge-rows',
      /there twice/,
      'part-1',
      copyOf('part-2', (lines) => [...lines, lines[0]]),
      'part-3',
    );
    const foreign = readFileSync(at('part-1'), 'utf8').split('\n')[0];
    const swapped = copyOf('part-2', (lines) => [foreign, ...lines.slice(1)]);
    await refused('merge-rows', /not the rows that its manifest names/, 'part-1', swapped, 'part-3');
  });

  test('one id in two shards, and a shard beyond the last', async () => {
    const { id } = rowsOf<EvaluatedRow>(at('part-1'))[0];
    const shared = copyOf('part-2', ([first, ...rest]) => [JSON.stringify({ ...JSON.parse(first), id }), ...rest]);
    const manifest = JSON.parse(readFileSync(at('part-2', 'manifest.json'), 'utf8'));
    const claim = (shard: object) =>
      writeFileSync(
        at(shared, 'manifest.json'),
        JSON.stringify({ ...manifest, shard: { ...manifest.shard, ...shard } }),
      );
    claim({ ids: idsHash(rowsOf<EvaluatedRow>(at(shared)).map((row) => row.id)) });
    await refused('merge-rows', /in two shards/, 'part-1', shared, 'part-3');
    claim({ index: 4 });
    await refused('merge-shard', /not the result of a shard/, 'part-1', 'part-2', shared, 'part-3');
  });

  test('ids that meet only across shards are refused before anything is asked', async () => {
    const folder = join(dir, 'mmvu');
    cpSync(join(fixtures, 'mmvu'), folder, { recursive: true });
    const rows: object[] = JSON.parse(readFileSync(join(folder, 'validation.json'), 'utf8'));
    writeFileSync(join(folder, 'validation.json'), JSON.stringify(rows.map((row) => ({ ...row, id: 'same' }))));
    for (const k of [1, 2]) {
      const { status, err } = await evaluate(
        'mmvu',
        '--benchmark',
        'mmvu',
        '--media-root',
        folder,
        '--shard',
        `${k}/2`,
      );
      expect([status, err]).toEqual([1, expect.stringContaining('code: evaluation-ids')]);
    }
  });

  test('misuse: no such part, no files, another shard in the same file', async () => {
    expect((await evaluate('none', '--shard', '4/3')).err).toContain('there is no shard 4/3');
    expect((await runCli('eval', 'merge', '--out', at('none'))).status).toBe(2);
    expect((await evaluate('part-1', '--shard', '2/3')).err).toContain('differs: shard');
    expect((await merge('part-1', 'part-1', 'part-2', 'part-3')).err).toContain('result-exists');
  });
});

describe('several answers', () => {
  test('each under its own seed, as rows; maj@k and pass@k beside the table; questions add up as questions', async () => {
    const { status, out } = await evaluate('three', '--samples', 3);
    expect(status).toBe(0);
    const rows = rowsOf<EvaluatedRow>(at('three'));
    expect(rows).toHaveLength(60);
    expect(new Set(rows.map((row) => row.request?.decoding.seed)).size).toBe(60);
    expect(new Set(rows.map(({ output }) => output)).size).toBeGreaterThan(2);
    expect(out).toMatch(
      /^3 answers to each of 20 questions: mean [\d.]+% \[.+\], maj@3 .+, pass@1 .+, pass@2 .+, pass@3 /,
    );
    expect(out).toContain('answered 20 + errors 0');
    const { several } = JSON.parse(readFileSync(at('three', 'summary.json'), 'utf8'));
    expect(several.pass[0].interval.estimate).toBeCloseTo(several.mean.estimate, 12);
    expect(several.pass[2].interval.estimate).toBeGreaterThan(several.mean.estimate);
    expect((await evaluate('three', '--samples', 2)).err).toContain('differs: answers');
  });

  test('the first answer is that of a run with one, and shards hold all answers of their questions', async () => {
    const first = rowsOf<EvaluatedRow>(at('three')).filter(({ sample }) => sample === 1);
    const outputs = (rows: readonly EvaluatedRow[]) => Object.fromEntries(rows.map(({ id, output }) => [id, output]));
    expect(outputs(first)).toEqual(outputs(rowsOf(at('whole'))));
    for (const k of [1, 2]) await evaluate(`three-${k}`, '--samples', 3, '--shard', `${k}/2`);
    expect((await merge('three-merged', 'three-1', 'three-2')).out).toMatch(/^3 answers to each of 20 questions: /);
    expect(outputs(rowsOf(at('three-merged')))).toEqual(outputs(rowsOf(at('three'))));
  });
});
