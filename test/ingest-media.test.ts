// Poisoned media through videorft ingest: each file ends in its bin with a reason and a fix, or is taken where it is legitimate;
// nothing is lost, and what is known of a file is not found out again.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { linesOf, type Outcome, question, runIngest } from './support/ingest-run.ts';
import { scratchFolder } from './support/media.ts';
import { writeOddMedia, writePoisonedMedia } from './support/poison.ts';

const sound = [
  'plain.mp4',
  'one-frame.mp4',
  'variable-rate.mp4',
  'plain.mkv',
  'rotated.mp4',
  'picture.png',
  'ten-hours.mp4',
];
const at = await scratchFolder();
const root = at('media');
let bins: Readonly<Record<string, string>>;
let outcome: Outcome;
const input = { data: [at('questions.jsonl')], mediaRoot: root, out: at('set') };

beforeAll(async () => {
  mkdirSync(root);
  await writeOddMedia((name) => join(root, name));
  bins = await writePoisonedMedia((name) => join(root, name));
  const rows = [...sound, ...Object.keys(bins)].map((path) => question(path, path));
  rows.push(question('wrong kind', 'picture.png', { data_type: 'video' }));
  writeFileSync(at('questions.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  outcome = await runIngest(input);
});

test('what is unusual and sound is kept', () => {
  expect(outcome.train.map(({ path }) => path)).toEqual(sound);
  const facts = linesOf<{ path: string; facts: object }>(join(input.out, 'media.jsonl'));
  const factsOf = (name: string) => facts.find(({ path }) => path === name)?.facts;
  expect(factsOf('one-frame.mp4')).toMatchObject({ frames: 1, kind: 'video' });
  expect(factsOf('rotated.mp4')).toMatchObject({ width: 64, height: 96 });
  expect(factsOf('variable-rate.mp4')).toMatchObject({ frames: 32, seconds: 7.25 });
  expect(factsOf('ten-hours.mp4')).toMatchObject({ seconds: 4 });
  expect(factsOf('picture.png')).toMatchObject({ kind: 'image', width: 84 });
});

test('what is broken ends in its bin, with a reason that names the file, and a fix', () => {
  const found = Object.fromEntries(outcome.rejected.map((line) => [line.row?.problem_id, line]));
  for (const [name, code] of Object.entries(bins)) {
    expect([name, found[name]?.code]).toEqual([name, code]);
    expect(found[name].reasons.join()).toContain(name === '../outside.mp4' ? 'outside the media root' : name);
    expect(found[name].fix).toBeTruthy();
  }
  expect(found['loop.mp4'].reasons.join()).toContain('circle');
  expect(found['wrong kind']).toMatchObject({ code: 'media-kind', line: sound.length + Object.keys(bins).length + 1 });
});

test('counts add up', () => {
  const { in: all, kept, rejected, duplicates, leftOut } = outcome.report;
  expect([all, kept, rejected, duplicates, leftOut]).toEqual([
    sound.length + Object.keys(bins).length + 1,
    sound.length,
    Object.keys(bins).length + 1,
    0,
    0,
  ]);
  expect(outcome.report.reasons['media-too-large']).toBe(2);
});

test('again: the same bytes, and only what may have changed is looked at again', async () => {
  const files = ['train.jsonl', 'heldout.jsonl', 'rejected.jsonl', 'report.json'];
  const bytes = () => files.map((name) => readFileSync(join(input.out, name), 'utf8'));
  const before = bytes();
  const known = linesOf(join(input.out, 'media.jsonl')).length;
  await runIngest(input);
  expect(bytes()).toEqual(before);
  const again = linesOf<{ path: string }>(join(input.out, 'media.jsonl')).slice(known);
  const missing = Object.keys(bins).filter((name) => /missing|outside/.test(bins[name]));
  expect(again.map(({ path }) => path).sort()).toEqual(missing.sort());
  writeFileSync(join(root, 'zero-bytes.mp4'), readFileSync(join(root, 'one-frame.mp4')));
  const repaired = await runIngest(input);
  expect(repaired.train.map(({ path }) => path)).toContain('zero-bytes.mp4');
  writeFileSync(join(root, 'zero-bytes.mp4'), '');
});

test('a folder: names that are no UTF-8 are told, links in a circle are not followed, stems find their files', async () => {
  const folder = at('folder');
  mkdirSync(join(folder, 'sub'), { recursive: true });
  writeFileSync(join(folder, 'sub/car.mp4'), readFileSync(join(root, 'plain.mp4')));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/vid`), Buffer.from([0xff]), Buffer.from('.mp4')]), 'x');
  symlinkSync('..', join(folder, 'sub/up'));
  const csv = Buffer.concat([
    Buffer.from('video,question,answer,choices\nsub/car,Which way?,right,"[""left"", ""right""]"\nvid'),
    Buffer.from([0xff]),
    Buffer.from('.mp4,What?,a thing,\n'),
  ]);
  writeFileSync(join(folder, 'questions.csv'), csv);
  const { train, rejected, report } = await runIngest({ data: [folder], out: at('folder-set') });
  expect(train).toMatchObject([
    {
      path: 'sub/car.mp4',
      options: ['A. left', 'B. right'],
      solution: '<answer>B</answer>',
      problem_type: 'multiple choice',
    },
  ]);
  expect(rejected.map(({ code, path, line }) => [code, path ?? line])).toEqual([
    ['media-name', 'vid\\xff.mp4'],
    ['row-path', 3],
  ]);
  expect(report).toMatchObject({ in: 3, kept: 1, rejected: 2 });
});

test('not one file there: the root is wrong, and the run says so', async () => {
  const wrong = { ...input, mediaRoot: at('nowhere'), out: at('wrong') };
  await expect(runIngest(wrong)).rejects.toMatchObject({ code: 'ingest-media-root' });
});

test('whole files are decoded where that is asked for', async () => {
  const deep = await runIngest({ ...input, out: at('deep'), probe: { depth: 'whole', processes: 2 } });
  expect(deep.train.map(({ path: name }) => name)).toEqual(sound);
  const none = await runIngest({ ...input, out: at('none'), probe: { depth: 'none' } });
  expect(none.train.map(({ path: name }) => name)).toContain('truncated.mp4');
});
