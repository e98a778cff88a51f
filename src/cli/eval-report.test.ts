// `videorft eval report` over real result files and a run's rollouts: counts that add up in the page, frames that are those shown, thinking beside
// direct, the paper's table, reflection by checkpoint; and what is said where videos or questions are gone.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowsOf, runCli } from '../../test/support/cli-world.ts';
import { setLogLevel } from '../base/log.ts';
import type { EvaluatedRow } from '../evaluate/index.ts';
import { openRun } from '../runs/index.ts';

let dir: string;
let page: string;
let markdown: string;

const at = (name: string) => join(dir, `${name}.jsonl`);
const read = (name: string) => readFileSync(join(dir, name), 'utf8');

/** A run with rollouts of two checkpoints: a reflection that pays, one that costs, one row of before types were written. */
async function grpoRun(place: string): Promise<void> {
  const run = await openRun(place, { command: 'grpo', config: {}, versions: {} });
  const completion = (think: string, answer: string, accuracy: number) => ({
    ...{ output: `<think>${think}</think>\n<answer>${answer}</answer>`, finish: 'stop', tokens: 9, accuracy, total: 1 },
  });
  const row = (id: string, completions: readonly object[]) => ({
    ...{
      id,
      path: `${id}.mp4`,
      problem: 'Which way?',
      options: ['A. left', 'B. right'],
      solution: '<answer>B</answer>',
    },
    completions,
  });
  const plain = completion('It goes right. The answer is B.', 'B', 1);
  await run.rollouts.write(0, [{ ...row('q1', [plain, plain]), type: 'multiple choice' }, row('q2', [plain])]);
  await run.rollouts.write(5, [
    { ...row('q1', [completion('So it is left. Wait, no. Right.', 'B', 1), plain]), type: 'multiple choice' },
    row('q2', [completion('The answer is B. Wait, the mirror.', 'A', 0)]),
  ]);
  run.close();
}

beforeAll(async () => {
  setLogLevel('silent');
  dir = mkdtempSync(join(tmpdir(), 'videorft-report-'));
  const fixtures = join(import.meta.dirname, '../../test/fixtures/benchmarks');
  for (const name of ['mmvu', 'tempcompass']) cpSync(join(fixtures, name), join(dir, name), { recursive: true });
  const evaluate = (benchmark: string, ...more: string[]) =>
    runCli(
      ...['eval', '--benchmark', benchmark, '--media-root', join(dir, benchmark), '--partial', '--max-tokens', 32],
      ...['--out', at(benchmark), ...more],
    );
  await evaluate('tempcompass', '--mode', 'both');
  await evaluate('mmvu', '--report', '--shown', '1');
  // One question that could not be asked, as a run against a broken endpoint leaves it.
  const [first, ...rest] = rowsOf<EvaluatedRow>(at('mmvu'));
  const failed = {
    ...first,
    finish: null,
    error: 'media-missing: no <file>',
    outcome: 'error',
    output: '',
    request: null,
  };
  writeFileSync(at('mmvu'), [failed, ...rest].map((row) => `${JSON.stringify(row)}\n`).join(''));
  await grpoRun(join(dir, 'grpo'));
  const { status } = await runCli(
    ...['eval', 'report', at('tempcompass'), at('mmvu'), join(dir, 'grpo'), '--out', join(dir, 'report.html')],
  );
  expect(status).toBe(0);
  [page, markdown] = [read('report.html'), read('report.md')];
});
afterAll(() => {
  setLogLevel('info');
  rmSync(dir, { recursive: true, force: true });
});

/** Rows of the first Markdown table behind a heading, as cells. */
function tableBehind(text: string, heading: string): string[][] {
  const lines = text.slice(text.indexOf(`${heading}\n`)).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start, end).map((line) => line.slice(2, -2).split(' | '));
}

describe('the report', () => {
  test('X.direct.jsonl comes along, and thinking stands beside direct', () => {
    const table = tableBehind(markdown, '## Thinking minus direct');
    expect(table.slice(2).map((cells) => cells.slice(0, 2))).toEqual([['tempcompass minus tempcompass.direct', '5']]);
    expect(markdown).toContain('mmvu: answering directly was not asked');
  });

  test('every row has one outcome: counts add up in every group of every result', () => {
    const errors = markdown.slice(markdown.indexOf('## Where the errors are'), markdown.indexOf('## Reflection'));
    const lines = errors.split('\n').filter((line) => /^\| .*\d/.test(line));
    const counted = lines.map((line) => line.slice(2, -2).split(' | ')).filter((cells) => cells.length === 9);
    expect(counted.length).toBeGreaterThan(6);
    for (const [, n, ...outcomes] of counted) expect(outcomes.map(Number).reduce((a, b) => a + b)).toBe(Number(n));
    expect(
      tableBehind(errors, '### mmvu')
        .find(([group]) => group === 'all')
        ?.slice(1),
    ).toEqual(expect.arrayContaining(['2', '1']));
    expect(errors).toContain('| media-missing: no \\<file\\> | 1 |');
  });

  test("ours stand in the paper's table, with how many rows of how many", () => {
    const [head, , ours] = tableBehind(markdown, '## Beside the paper');
    expect(head.slice(1)).toEqual(['VSI-Bench', 'VideoMMMU', 'MMVU', 'MVBench', 'TempCompass', 'VideoMME']);
    expect(ours[3]).toMatch(/ \(2 of \d+ rows\)$/);
    expect([ours[1], ours[4]]).toEqual(['–', '–']);
    expect(markdown).toContain('| VideoRFT-7B | 36.8 | 51.1 | 68.5 | 62.1 | 73.7 | 59.8 |');
  });

  test('samples show the very frames, questions and outputs; the page has no script and no foreign address', () => {
    const shown = page.match(/the very pixels that the model was shown/g) ?? [];
    const rows = [...rowsOf<EvaluatedRow>(at('tempcompass')), ...rowsOf<EvaluatedRow>(at('tempcompass.direct'))];
    // The failed row of mmvu keeps its hash, so its frames are known too.
    expect(shown).toHaveLength(rows.length + 2);
    expect(page.match(/<img src="data:image\/jpeg;base64,/g)?.length).toBeGreaterThan(8 * rows.length);
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(page).toContain('no &lt;file&gt;');
    for (const { output } of rows) expect(markdown).toContain(output);
  });

  test('reflection by checkpoint: rate, with and without, what became of the answer, and that this is a correlation', () => {
    expect(page).toContain('a correlation, not an effect');
    const run = markdown.slice(markdown.indexOf('### ', markdown.indexOf('## Reflection')));
    const rates = tableBehind(run, `### ${join(dir, 'grpo')}: by checkpoint`);
    expect(rates.slice(2).map((cells) => cells.slice(0, 3))).toEqual([
      ['0', '3', '0'],
      ['5', '3', '2'],
      ['all 2', '6', '2'],
    ]);
    expect(run).toMatch(/^\| 5 \| 2 \| 0 \| 0 \| 1 \| 1 \| 0 \| 0 \| 0\.0 /m);
    expect(run).toContain('| wait | pause |');
  });

  test('an evaluation writes the page itself where it is told to', () => {
    expect(read('mmvu.report.md')).toMatch(/^\| mmvu \| assets\/micro-base \|/m);
    expect(read('mmvu.report.html').match(/<img /g)).toHaveLength(8);
  });

  test('summary.json of an evaluation holds the same', () => {
    const { reflection } = JSON.parse(read('tempcompass.summary.json'));
    expect(reflection).toMatchObject({ thoughts: 5, changes: { 'not told': 0 } });
  });
});

test('of several answers each shows the question that it answers, with its frames', async () => {
  const place = ['--benchmark', 'tempcompass', '--media-root', join(dir, 'tempcompass'), '--partial'];
  await runCli('eval', ...place, '--max-tokens', 8, '--samples', 2, '--limit', 2, '--out', at('two'));
  const { status } = await runCli('eval', 'report', at('two'), '--out', join(dir, 'two.html'));
  expect([status, rowsOf(at('two')).length]).toEqual([0, 4]);
  expect(read('two.html').match(/the very pixels that the model was shown/g)).toHaveLength(4);
  expect(read('two.html')).not.toMatch(/No frames|not in the files/);
});

test('videos elsewhere: said where they are missing, found with --media-root', async () => {
  renameSync(join(dir, 'tempcompass'), join(dir, 'moved'));
  const report = (...more: string[]) =>
    runCli('eval', 'report', at('tempcompass'), '--shown', 1, '--out', join(dir, 'again.html'), ...more);
  expect((await report()).status).toBe(0);
  expect(read('again.html')).toMatch(/No frames: .*\([\w-]+\)/);
  expect((await report('--media-root', join(dir, 'moved'))).status).toBe(0);
  expect(read('again.html')).toContain('the very pixels that the model was shown');
});

test('misuse: nothing, no place, no result file, a folder without rollouts', async () => {
  const first = async (...args: string[]) => {
    const { status, err } = await runCli('eval', 'report', ...args);
    return [status, err.split('\n')[0]];
  };
  mkdirSync(join(dir, 'empty'));
  expect(await first()).toEqual([2, 'nothing to report']);
  expect(await first(at('mmvu'))).toEqual([2, 'the place of the report is missing']);
  expect(await first(join(dir, 'none.jsonl'), '--out', join(dir, 'x.html'))).toEqual([1, expect.any(String)]);
  expect(await first(join(dir, 'empty'), '--out', join(dir, 'x.html'))).toEqual([
    1,
    'error: there is no run in this directory',
  ]);
});
