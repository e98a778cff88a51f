// Whole sets through videorft ingest: several sources, weights, duplicates, the split by content, pictures inside Parquet, an
// interruption and a kill.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../src/base/hash.ts';
import type { Sample } from '../src/data/sample.ts';
import { encodeVideo } from '../src/media/encode.ts';
import { encodePng } from '../src/media/image.ts';
import { linesOf, question, runIngest } from './support/ingest-run.ts';
import { movingSquare, scratchFolder } from './support/media.ts';

const CLIPS = 24;
const at = await scratchFolder();
const root = at('media');
const clip = (i: number) => `c${i}.mp4`;
/** The files are sound, and looked at elsewhere. */
const probe = { depth: 'none' } as const;
const write = (name: string, rows: readonly object[]) => writeFileSync(at(name), JSON.stringify(rows));

beforeAll(async () => {
  mkdirSync(root);
  for (let i = 0; i < CLIPS; i++) await encodeVideo(join(root, clip(i)), movingSquare(2 + i), { fps: 8 });
  copyFileSync(join(root, clip(0)), join(root, 'copy-of-0.mp4'));
  write(
    'a.json',
    Array.from({ length: 3 * CLIPS }, (_, i) => question(i, clip(i % CLIPS), { problem: `a${i}?` })),
  );
  write(
    'b.json',
    Array.from({ length: CLIPS }, (_, i) => question(i, clip(i), { problem: `b${i}?` })),
  );
});

const hashOf = ({ path }: Sample) => sha256(readFileSync(join(root, path)));

describe('one set of several', () => {
  test('duplicates by content and question; another answer is told; ids stay unique', async () => {
    write('same.json', [
      question('x', clip(0), { problem: 'What  moves?' }),
      question('y', 'copy-of-0.mp4', { problem: 'what moves?' }),
      question('z', clip(0), { problem: 'What moves?', solution: '<answer>nothing</answer>' }),
      question('x', clip(1), { problem: 'What moves?' }),
      question('m', clip(0), {
        problem: 'What moves?',
        problem_type: 'multiple choice',
        options: ['it', 'not'],
        solution: 'it',
      }),
    ]);
    const input = { data: [at('same.json')], mediaRoot: root, out: at('same') };
    const { train, rejected, report } = await runIngest(input);
    expect(train.map(({ problem_id }) => problem_id)).toEqual(['x', 'same/x', 'm']);
    expect(rejected.map(({ code, reasons }) => [code, reasons[0]])).toEqual([
      ['duplicate', 'asks what x asks, of the same media'],
      ['duplicate-other-answer', 'asks what x asks, of the same media, and has another answer'],
    ]);
    expect(report).toMatchObject({ in: 5, kept: 3, duplicates: 2, rejected: 0 });
    const all = await runIngest({ ...input, out: at('all'), deduplicate: false });
    expect(all.train.map(({ problem_id }) => problem_id)).toEqual(['x', 'y', 'z', 'same/x', 'm']);
  });

  test('weights and count: shares hold, the seed decides, nothing twice, counts add up', async () => {
    const data = [
      { from: at('a.json'), weight: 1 },
      { from: at('b.json'), weight: 2 },
    ];
    const run = (out: string, more: object = {}) => runIngest({ data, mediaRoot: root, out: at(out), probe, ...more });
    const { train, report } = await run('mix');
    expect(report.sources).toMatchObject({ a: { kept: CLIPS / 2, leftOut: 2.5 * CLIPS }, b: { kept: CLIPS } });
    expect(report).toMatchObject({ in: 4 * CLIPS, kept: 1.5 * CLIPS, leftOut: 2.5 * CLIPS });
    expect(new Set(train.map(({ problem_id }) => problem_id)).size).toBe(1.5 * CLIPS);
    const some = await run('some', { count: 9, seed: 5 });
    expect(some.report.sources).toMatchObject({ a: { kept: 3 }, b: { kept: 6 } });
    expect((await run('some-again', { count: 9, seed: 5 })).train).toEqual(some.train);
    expect((await run('others', { count: 9, seed: 6 })).train).not.toEqual(some.train);
    const most = await run('most', { count: 3 * CLIPS });
    expect(most.report.sources).toMatchObject({ a: { kept: 2 * CLIPS }, b: { kept: CLIPS } });
  });

  test('held out: no content on both sides, whatever it is called; more rows move nobody', async () => {
    write(
      'copies.json',
      Array.from({ length: CLIPS }, (_, i) => question(`k${i}`, i ? clip(i) : 'copy-of-0.mp4')),
    );
    const data = [at('a.json'), at('copies.json')];
    for (const seed of [1, 2, 3]) {
      const { train, heldOut } = await runIngest({
        data,
        mediaRoot: root,
        out: at('split'),
        heldOut: 0.4,
        seed,
        probe,
      });
      const inTrain = new Set(train.map(hashOf));
      expect(heldOut.filter((sample) => inTrain.has(hashOf(sample)))).toEqual([]);
      expect(heldOut.length).toBeGreaterThan(0);
      expect(train.length + heldOut.length).toBe(4 * CLIPS);
      const fewer = await runIngest({
        data: [at('a.json')],
        mediaRoot: root,
        out: at('split'),
        heldOut: 0.4,
        seed,
        probe,
      });
      const ofA = heldOut.filter(({ data_source }) => data_source === 'a');
      expect(fewer.heldOut).toEqual(ofA);
    }
  });

  test('line ends of every kind inside a question stay inside it', async () => {
    const problem = 'a\u2028b\u2029c\u0085d\re\nf';
    write('lines.json', [question(1, clip(0), { problem }), question(2, clip(0))]);
    const { train } = await runIngest({ data: [at('lines.json')], mediaRoot: root, out: at('lines'), probe });
    expect(train.map((sample) => sample.problem)).toEqual([problem, 'What is seen in 2?']);
  });

  test('sources of one name are refused, and so is one that is not there', async () => {
    const twice = { data: [at('a.json'), at('a.json')], mediaRoot: root, out: at('twice') };
    await expect(runIngest(twice)).rejects.toMatchObject({ code: 'ingest-same-name' });
    const none = { data: [at('none.json')], out: at('none') };
    await expect(runIngest(none)).rejects.toMatchObject({ code: 'ingest-source', facts: { from: at('none.json') } });
    write('wrong.json', [{ title: 'x' }, { title: 'y' }]);
    const wrong = { data: [at('a.json'), at('wrong.json')], mediaRoot: root, out: at('none') };
    const facts = { file: at('wrong.json'), line: 1, columns: 'title' };
    await expect(runIngest(wrong)).rejects.toMatchObject({ code: 'ingest-no-sample', facts });
    write('empty.json', []);
    const empty = { data: [at('empty.json')], out: at('none') };
    await expect(runIngest(empty)).rejects.toMatchObject({ code: 'ingest-empty' });
  });
});

test('pictures inside Parquet become files, once for each content', async () => {
  const picture = (n: number) => encodePng(movingSquare(n)[n - 1]);
  const bytes = [await picture(1), await picture(2), await picture(1), new Uint8Array([1, 2, 3])];
  parquetWriteFile({
    filename: at('pictures.parquet'),
    columnData: [
      { name: 'id', data: [1, 2, 3, 4], type: 'INT32' },
      { name: 'question', data: ['Which?', 'How many?', 'Else?', 'Bad?'], type: 'STRING' },
      { name: 'choices', data: ['["a", "b"]', '', '', ''], type: 'STRING' },
      { name: 'answer', data: ['1', '2', 'a square', 'c'], type: 'STRING' },
      { name: 'image', data: bytes, type: 'BYTE_ARRAY' },
    ],
  });
  const data = [at('pictures.parquet')];
  const { train, rejected } = await runIngest({
    data,
    mediaRoot: at('extracted'),
    out: at('pictures'),
    answersCountFrom: 0,
  });
  expect(train).toMatchObject([
    { problem_id: 1, data_type: 'image', solution: '<answer>B</answer>' },
    { problem_type: 'numerical', solution: '<answer>2</answer>' },
    { problem_type: 'free-form' },
  ]);
  expect(train[0].path).toBe(train[2].path);
  expect(readFileSync(join(at('extracted'), train[1].path))).toEqual(Buffer.from(bytes[1]));
  expect(rejected).toMatchObject([{ code: 'media-not-image', line: 4, row: { image: '(3 bytes)' } }]);
});

describe('interrupted', () => {
  const names = ['train.jsonl', 'heldout.jsonl', 'rejected.jsonl', 'report.json'];
  const bytesOf = (out: string) => names.map((name) => readFileSync(join(at(out), name), 'utf8'));
  const input = { data: [] as string[], mediaRoot: root, heldOut: 0.3, probe: { processes: 1 } };
  beforeAll(() => {
    input.data = [at('a.json'), at('b.json')];
  });

  test('by a signal: the same command goes on, and ends as if nothing had happened', async () => {
    await runIngest({ ...input, out: at('whole') });
    const controller = new AbortController();
    const stopped = runIngest({ ...input, out: at('stopped') }, controller.signal);
    const book = join(at('stopped'), 'media.jsonl');
    const timer = setInterval(() => existsSync(book) && controller.abort(new Error('stop')), 5);
    await expect(stopped).rejects.toThrow('stop');
    clearInterval(timer);
    const known = linesOf(book).length;
    expect(known).toBeLessThan(CLIPS);
    expect(existsSync(join(at('stopped'), 'train.jsonl'))).toBe(false);
    await runIngest({ ...input, out: at('stopped') });
    expect(linesOf(book)).toHaveLength(CLIPS);
    expect(bytesOf('stopped')).toEqual(bytesOf('whole'));
  });

  test('by a kill: likewise', async () => {
    const bin = join(import.meta.dirname, '../src/cli/bin.ts');
    const args = [
      'ingest',
      ...input.data.flatMap((file) => ['--data', file]),
      '--media-root',
      root,
      '--held-out',
      '0.3',
    ];
    const child = spawn(process.execPath, [bin, ...args, '--out', at('killed'), '--probe.processes', '1'], {
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const book = join(at('killed'), 'media.jsonl');
    const timer = setInterval(() => existsSync(book) && child.kill('SIGKILL'), 2);
    const [status, signal] = await ended;
    clearInterval(timer);
    // It came as far as media files; on a slow machine it may have ended before the kill, but never with an error.
    expect([existsSync(book), signal ?? status]).toEqual([true, signal ? 'SIGKILL' : 0]);
    await runIngest({ ...input, out: at('killed') });
    await runIngest({ ...input, out: at('whole-again') });
    expect(bytesOf('killed')).toEqual(bytesOf('whole-again'));
  });
});
