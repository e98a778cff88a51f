// `videorft eval` on a tiny random model: rows, table and counts, resuming and refusing.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliWorld, makeCliWorld, rowsOf, runCli } from '../../test/support/cli-world.ts';
import { setLogLevel } from '../base/log.ts';
import type { Sample } from '../data/sample.ts';
import type { EvaluatedRow } from '../evaluate/index.ts';

let w: CliWorld;
beforeAll(async () => {
  setLogLevel('silent');
  w = await makeCliWorld();
});
afterAll(() => {
  setLogLevel('info');
  rmSync(w.dir, { recursive: true, force: true });
});

const evaluate = (data: string, out: string, ...more: readonly (string | number)[]) =>
  runCli(
    ...['eval', '--data', data, '--media-root', w.world, '--model', w.model, '--profile', 'micro'],
    ...['--max-tokens', 8, '--out', join(w.dir, `${out}.jsonl`), ...more],
  );
const stored = (out: string) => rowsOf<EvaluatedRow>(join(w.dir, `${out}.jsonl`));

describe('eval', () => {
  test('rows, table, summary; unreadable media are errors, unreadable rows are set aside, and the counts add up', async () => {
    const { status, out, err } = await evaluate(w.mixed, 'rows');
    expect([status, err]).toEqual([0, '']);
    const rows = stored('rows');
    const errors = rows.filter((row) => row.error !== null);
    expect(errors.map((row) => [row.id, row.error?.split(':')[0]])).toEqual([
      ['gone', 'media-missing'],
      ['bad-zero-bytes', 'media-empty'],
    ]);
    expect(out).toContain(
      `samples: in ${w.good + 4} = answered ${w.good + 1} + errors 2 + set aside 1 + not drawn 0 (media-missing 1, media-empty 1, data-invalid-row 1)`,
    );
    expect(out).toMatch(/^error: gone: media-missing: .+\nerror: bad-zero-bytes: media-empty: .+$/m);
    expect(out.split('\n')[0]).toMatch(
      /n +errors +refused +cut off +no answer +accuracy \[95%\] +lenient \[95%\] +format +R_s/,
    );
    expect(out).toMatch(new RegExp(`^all +${w.good + 3} +2 +\\d`, 'm'));
    const summary = JSON.parse(readFileSync(join(w.dir, 'rows.summary.json'), 'utf8'));
    expect(summary.table[0]).toMatchObject({ group: 'all', n: w.good + 3, errors: 2 });
    expect(summary.config.protocol).toMatchObject({ name: 'micro', mode: 'think' });
    expect(summary.config.protocol.decoding).toEqual({ temperature: 0.01, topP: 0.001, maxTokens: 8 });
    expect(out).toContain('micro/1 with other decoding, thinking\n');
    expect(out).toContain('answering directly: not asked (--mode both)');
  });

  test('the same command asks only what is left; other settings are refused', async () => {
    const whole = await evaluate(w.cot, 'whole', '--embedder', w.embedder);
    const [kept, ...lost] = readFileSync(join(w.dir, 'whole.jsonl'), 'utf8').trim().split('\n').reverse();
    expect(lost).toHaveLength(w.good - 1);
    const marked = { ...(JSON.parse(kept) as EvaluatedRow), output: 'from before' };
    writeFileSync(join(w.dir, 'whole.jsonl'), `${JSON.stringify(marked)}\n{"id": "torn`);
    const again = await evaluate(w.cot, 'whole', '--embedder', w.embedder);
    expect(again).toMatchObject({ status: 0, out: whole.out });
    expect(stored('whole').map((row) => row.output)).toContain('from before');
    expect(stored('whole')).toHaveLength(w.good);
    const other = await evaluate(w.cot, 'whole', '--embedder', w.embedder, '--mode', 'direct');
    expect(other).toMatchObject({ status: 1, err: expect.stringContaining('differs: mode') });
  });

  test('errors are asked again on request, once the file is there', async () => {
    const file = join(w.world, 'clips/late.mp4');
    const rows = rowsOf<Sample>(w.cot).filter((row) => row.data_type === 'video');
    const data = join(w.dir, 'late-samples.jsonl');
    writeFileSync(data, `${JSON.stringify({ ...rows[0], path: 'clips/late.mp4' })}\n${JSON.stringify(rows[1])}\n`);
    expect((await evaluate(data, 'late')).out).toContain('errors 1');
    writeFileSync(file, readFileSync(join(w.world, rows[0].path)));
    expect((await evaluate(data, 'late')).out).toContain('errors 1');
    expect((await evaluate(data, 'late', '--retry-errors')).out).toContain('answered 2 + errors 0');
  });

  test('ids that two files share stay two questions; a limit draws by the seed', async () => {
    const copy = join(w.dir, 'copy.jsonl');
    writeFileSync(copy, readFileSync(w.cot));
    const { out } = await evaluate(w.cot, 'two', '--data', copy, '--limit', 3, '--seed', 4);
    expect(out).toContain(`in ${2 * w.good} = answered 3 + errors 0 + set aside 0 + not drawn ${2 * w.good - 3}`);
    const both = await evaluate(w.cot, 'both', '--data', copy, '--mode', 'direct');
    expect(both.out).toContain(`answered ${2 * w.good}`);
    expect(new Set(stored('both').map((row) => row.id)).size).toBe(2 * w.good);
  });

  test('a media root that holds nothing is an error, not a score of 0', async () => {
    const { status, err } = await evaluate(w.cot, 'lost', '--media-root', w.dir);
    expect([status, err]).toEqual([1, expect.stringContaining('code: inputs-media-root')]);
  });

  test('rows never go into a file that is something else', async () => {
    const before = readFileSync(w.cot, 'utf8');
    const { status, err } = await evaluate(w.cot, 'cot');
    expect([status, err]).toEqual([1, expect.stringContaining('code: evaluation-foreign')]);
    expect(readFileSync(w.cot, 'utf8')).toBe(before);
  });
});
