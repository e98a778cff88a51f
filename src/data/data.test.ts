// Reading, writing, locating and choosing samples: nothing is lost, every refusal has its line.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaFile, mediaPath, missingMedia } from './media-root.ts';
import { loadSamples, readSamples } from './read.ts';
import type { Sample } from './sample.ts';
import { mixture, splitByMedia, subsample } from './split.ts';
import { toLine, writeSamples } from './write.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videorft-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sample = (id: number, rest: Partial<Sample> = {}): Sample => ({
  problem_id: id,
  problem: `How many? "quoted", [${id}]\n{}`,
  data_type: 'video',
  problem_type: 'numerical',
  options: [],
  process: '',
  solution: `<answer>${id}</answer>`,
  path: `./clips/${id}.mp4`,
  data_source: '',
  ...rest,
});
async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('read', () => {
  test('JSON lines: bad rows are set aside with line and reasons, good ones keep their extra fields', async () => {
    const lines = [
      JSON.stringify(sample(1, { difficulty: 3 })),
      '',
      '{"problem_id": 2',
      JSON.stringify({ ...sample(3), problem_type: 'essay', solution: 'none' }),
      JSON.stringify(sample(4)),
    ];
    const { rows, rejected, total } = await readSamples(await file('a.jsonl', lines.join('\n')));
    expect(rows.map((row) => [row.sample.problem_id, row.line])).toEqual([
      [1, 1],
      [4, 5],
    ]);
    expect(rows[0].sample.difficulty).toBe(3);
    expect(rejected.map((row) => row.line)).toEqual([3, 4]);
    expect(rejected[0].reasons[0]).toMatch(/not JSON/);
    expect(rejected[1].reasons.join()).toMatch(/problem_type.*solution/);
    expect(rejected[1].row).toMatchObject({ problem_id: 3 });
    expect(total).toBe(4);
  });

  test('a JSON array gives the line of each row; one broken row spoils no other', async () => {
    const text = `[\n${JSON.stringify(sample(1), null, 2)},\n{"problem_id": NaN},\n "text", ${JSON.stringify(sample(2))}\n]\n`;
    const { rows, rejected } = await readSamples(await file('b.json', text));
    expect(rows.map((row) => [row.sample.problem_id, row.line])).toEqual([
      [1, 2],
      [2, 14],
    ]);
    expect(rejected.map((row) => row.line)).toEqual([13, 14]);
  });

  test.each(['[{"problem_id": 1, "problem": "a', '[', `[${JSON.stringify(sample(1))},`])(
    'a cut array is noticed: %s',
    async (text) => {
      const { rejected } = await readSamples(await file('cut.json', text));
      expect(rejected.at(-1)?.reasons).toEqual(['the file ends before its array is closed']);
    },
  );

  test('any rows come back from either form, with .gz or without', async () => {
    const rowsOf = fc.array(fc.record({ problem: fc.string({ minLength: 1, unit: 'binary' }), id: fc.nat() }), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(rowsOf, fc.constantFrom('json', 'jsonl'), async (rows, form) => {
        const samples = rows.map(({ id, problem }) => sample(id, { problem }));
        const path = join(folder, `round.${form}`);
        await writeSamples(path, samples);
        expect(await loadSamples(path)).toEqual(samples);
        const packed = await file(`round.${form}.gz`, gzipSync(await readFile(path)));
        expect(await loadSamples(packed)).toEqual(samples);
      }),
      { numRuns: 40 },
    );
  });

  test('loadSamples refuses a file with a bad row and names it', async () => {
    const path = await file('c.jsonl', `${JSON.stringify(sample(1))}\n{}\n`);
    await expect(loadSamples(path)).rejects.toMatchObject({ code: 'data-invalid-row', facts: { line: 2 } });
    await expect(loadSamples(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'data-unreadable' });
  });
});

test('written rows have every published field, in order, extras last', async () => {
  const path = join(folder, 'order.jsonl');
  await writeSamples(path, [{ draft: 'x', ...sample(1), options: undefined, process: undefined }]);
  const row = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  expect(Object.keys(row).join()).toBe(
    'problem_id,problem,data_type,problem_type,options,process,solution,path,data_source,draft',
  );
  expect(row.options).toEqual([]);
});

test('half a surrogate pair becomes a replacement character, a whole one stays', () => {
  const line = toLine({ cut: 'a \ud83d', rest: ['\ude00 b', { whole: '😀', escape: '\\ud83d' }] });
  expect(JSON.parse(line)).toEqual({ cut: 'a \ufffd', rest: ['\ufffd b', { whole: '😀', escape: '\\ud83d' }] });
  expect(line).toMatch(/"whole":"😀","escape":"\\\\ud83d"/);
});

test('media root: leading ./ is fine, a missing file is named, leaving the root is refused', async () => {
  await mkdir(join(folder, 'clips'), { recursive: true });
  await file('clips/1.mp4', 'x');
  expect(await mediaFile(folder, sample(1))).toBe(join(folder, 'clips/1.mp4'));
  await expect(mediaFile(folder, sample(2))).rejects.toMatchObject({ code: 'media-missing', facts: { sample: 2 } });
  expect(() => mediaPath(folder, sample(3, { path: '../secret' }))).toThrow(/outside/);
  expect(() => mediaPath(folder, sample(3, { path: '/etc/passwd' }))).toThrow(/outside/);
  const missing = await missingMedia(folder, [sample(1), sample(2), sample(3, { path: '..' })]);
  expect(missing.map(({ sample: { problem_id }, error }) => [problem_id, error.code])).toEqual([
    [2, 'media-missing'],
    [3, 'media-outside-root'],
  ]);
});

describe('choose', () => {
  const many = Array.from({ length: 400 }, (_, i) => sample(i, { path: `clips/${i >> 2}.mp4` }));

  test('subsample: seeded, in order, without repeats', () => {
    const some = subsample(many, 50, 1).map((s) => Number(s.problem_id));
    expect(some).toEqual([...new Set(some)].sort((a, b) => a - b));
    expect(some).toHaveLength(50);
    expect(subsample(many, 50, 1)).toEqual(subsample(many, 50, 1));
    expect(subsample(many, 50, 2)).not.toEqual(subsample(many, 50, 1));
    expect(subsample(many, 999, 1)).toEqual(many);
  });

  test('a split keeps a clip on one side, and adding samples moves nobody', () => {
    const { train, heldOut } = splitByMedia(many, 0.25, 3);
    const trainPaths = new Set(train.map((s) => s.path));
    expect(heldOut.some((s) => trainPaths.has(s.path))).toBe(false);
    expect(train.length + heldOut.length).toBe(400);
    expect(heldOut.length / 400).toBeGreaterThan(0.1);
    expect(heldOut.length / 400).toBeLessThan(0.4);
    const fewer = splitByMedia(many.slice(0, 100), 0.25, 3);
    expect(fewer.heldOut).toEqual(heldOut.filter((s) => Number(s.problem_id) < 100));
  });

  test('a mixture keeps its shares, starting small parts over evenly', () => {
    const parts = [
      { samples: ['a', 'b', 'c'], weight: 2 },
      { samples: ['x', 'y', 'z', 'w'], weight: 1 },
    ];
    const mixed = mixture(parts, 10, 5);
    const count = (letter: string) => mixed.filter((item) => item === letter).length;
    expect(mixed).toHaveLength(10);
    expect(['x', 'y', 'z', 'w'].reduce((sum, letter) => sum + count(letter), 0)).toBe(3);
    expect(['a', 'b', 'c'].map(count).sort()).toEqual([2, 2, 3]);
    expect(mixture(parts, 10, 5)).toEqual(mixed);
    expect(() => mixture([{ samples: [], weight: 1 }], 1, 0)).toThrow(/no samples/);
  });
});
