// `videorft eval`, `chat` and `world` on a tiny random model: rows, table and counts, resuming and refusing, streaming, and what bad files say.
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliWorld, makeCliWorld, rowsOf, runCli } from '../../test/support/cli-world.ts';
import { setLogLevel } from '../base/log.ts';
import type { Sample } from '../data/sample.ts';
import type { EvaluatedRow } from '../evaluate/index.ts';
import { accuracyRows, formatAccuracy } from '../recipes/accuracy-table.ts';
import { plantBadFiles } from '../world/index.ts';

let w: CliWorld;
beforeAll(async () => {
  setLogLevel('silent');
  w = await makeCliWorld();
  await plantBadFiles(w.world, 1);
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
    expect(out.split('\n')[0]).toMatch(/n +errors +accuracy \[95%\] +lenient \[95%\] +format +R_s/);
    expect(out).toMatch(new RegExp(`^all +${w.good + 3} +2 +\\d`, 'm'));
    const summary = JSON.parse(readFileSync(join(w.dir, 'rows.summary.json'), 'utf8'));
    expect(summary.table[0]).toMatchObject({ group: 'all', n: w.good + 3, errors: 2 });
    expect(summary.config).toMatchObject({ mode: 'think', profile: 'micro', temperature: 0.01, topP: 0.001 });
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

test('the table: accuracies over answered rows, groups in order, a dash where nothing was answered', () => {
  const row = (id: string, strict: number, error: string | null = null): EvaluatedRow => {
    return { id, path: id, output: '', strict, lenient: 1, formatOk: strict > 0, semantic: null, tokens: 1, error };
  };
  const sample = (problem_type: Sample['problem_type'], skill?: Sample['skill']) =>
    ({ problem_type, skill }) as unknown as Sample;
  const table = accuracyRows(
    [row('a', 1), row('b', 0), row('c', 0, 'media-empty: x')],
    [sample('OCR', 'general'), sample('OCR', 'general'), sample('numerical')],
  );
  expect(table.map((r) => [r.group, r.n, r.errors, r.strict?.estimate, r.format])).toEqual([
    ['all', 3, 1, 0.5, 0.5],
    ['skill general', 2, 0, 0.5, 0.5],
    ['type OCR', 2, 0, 0.5, 0.5],
    ['type numerical', 1, 1, undefined, null],
  ]);
  const lines = formatAccuracy(table).split('\n');
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(lines.at(-1)).toMatch(/^type numerical +1 +1 +– +– +– +–$/);
});

describe('chat', () => {
  const clip = () => join(w.world, rowsOf<Sample>(w.cot).find((row) => row.data_type === 'video')?.path ?? '');
  const ask = (...more: readonly (string | number)[]) =>
    runCli('chat', '--model', w.model, '--profile', 'micro', '--max-tokens', 12, ...more, 'Which way?');

  test('streams the answer piece by piece, the same for the same seed', async () => {
    const { status, out, pieces } = await ask('--video', clip(), '--temperature', 1, '--top-p', 1);
    expect([status, out]).toEqual([0, '']);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.at(-1)).toBe('\n');
    const text = pieces.join('');
    const again = await ask('--video', clip(), '--temperature', 1, '--top-p', 1);
    expect(again.pieces.join('')).toBe(text);
    const other = await ask('--video', clip(), '--temperature', 1, '--top-p', 1, '--seed', 1);
    expect(other.pieces.join('')).not.toBe(text);
  });

  test.each([
    ['zero-bytes', 'no bytes', 'Download or generate the file again'],
    ['truncated', 'truncated.mp4', 'Download the file again'],
    ['text', 'text.mp4', 'Replace it by a video file'],
    ['audio-only', 'audio-only.mp4', 'picture track'],
  ])('%s: the error names the file and the fix', async (name, message, fix) => {
    const { status, err, pieces } = await ask('--video', join(w.world, `bad/${name}.mp4`));
    expect([status, pieces]).toEqual([1, []]);
    expect(err).toContain(join(w.world, `bad/${name}.mp4`));
    expect(err).toContain(message);
    expect(err).toMatch(new RegExp(`fix: .*${fix}`));
  });

  test('misuse: no file, two files, no question, a video given as a picture', async () => {
    expect(await ask()).toMatchObject({ status: 2, err: expect.stringContaining('one file is needed') });
    expect((await ask('--video', clip(), '--image', clip())).status).toBe(2);
    const silent = await runCli('chat', '--model', w.model, '--video', clip());
    expect(silent).toMatchObject({ status: 2, err: expect.stringContaining('the question is missing') });
    const picture = await ask('--image', clip());
    expect(picture).toMatchObject({ status: 1, err: expect.stringContaining('fix: use --video in place of --image') });
  });

  test('a folder without a model is an error that says what is missing', async () => {
    const { status, err } = await ask('--video', clip(), '--model', w.world);
    expect([status, err]).toEqual([1, expect.stringMatching(/world\/config\.json\n.*\n? *fix: name a folder/)]);
  });
});

test('world: the same seed gives the same files, and a second call keeps them', async () => {
  const make = (name: string) =>
    runCli('world', '--out', join(w.dir, name), '--train', 3, '--held-out', 1, '--questions', 2, '--seed', 9);
  const first = await make('one');
  expect(first.out).toMatch(/^4 files written, 0 kept\n.*train\.jsonl: 6 questions\n.*heldout\.jsonl: 2 questions$/);
  expect((await make('one')).out).toContain('0 files written, 4 kept');
  await make('two');
  for (const name of ['train.jsonl', 'heldout.jsonl', 'media.jsonl'])
    expect(
      rowsOf(join(w.dir, 'two', name))
        .map((row) => JSON.stringify(row))
        .sort(),
    ).toEqual(
      rowsOf(join(w.dir, 'one', name))
        .map((row) => JSON.stringify(row))
        .sort(),
    );
  appendFileSync(join(w.dir, 'one', rowsOf<Sample>(join(w.dir, 'one/train.jsonl'))[0].path), 'x');
  expect((await make('one')).out).toContain('1 files written, 3 kept');
});
