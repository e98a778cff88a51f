// What a curation hands on: every form holds the same rows, forms come and go with the configuration, the card tells the truth, the bytes do not
// depend on interruptions, and a disk that fails leaves nothing half written. Real readers of these files: LOG.md.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { useCurateFixture } from '../../../test/support/curate-fixture.ts';
import { fakeExperts, makeSamples } from '../../../test/support/curate-world.ts';
import { readJsonl } from '../../base/jsonl.ts';
import { parquetFacts, readParquet } from '../../data/parquet.ts';
import type { Sample } from '../../data/sample.ts';
import { promptText } from '../../prompt/train.ts';
import { type FormName, formNames } from './forms.ts';

const world = useCurateFixture();
const at = (name: string) => world.at(`out/${name}`);
const rows = async <T = Record<string, unknown>>(name: string) => (await readJsonl<T>(at(name))).rows;
const pictureDescription = {
  caption: 'A picture.',
  objects: [],
  text: [],
  quantities: [],
  spatial_relations: [],
  scene: '',
};
/** The scripted describer knows videos only. */
const experts = () =>
  fakeExperts((name, text) =>
    name === 'describer' && !/video/i.test(text) ? JSON.stringify(pictureDescription) : undefined,
  );
const run = (forms: readonly FormName[] = formNames, rest: object = {}) =>
  world.run(experts(), {}, world.config({ output: { forms: [...forms], ...rest } }));

/** Question 2 contains tags, question 3 has options and a field of its own. */
function samples(): Sample[] {
  const made = makeSamples(12);
  made[2].problem = `<video> and <image>: ${made[2].problem}`;
  made[3] = { ...made[3], options: ['A. 3', 'B. <video>'], weight: 0.5, draft: 7 };
  return made;
}

test('Parquet holds the rows of the JSON lines, and nothing else', async () => {
  await world.write(samples());
  await run();
  for (const set of ['cot', 'rl']) {
    const lines = await rows(`${set}.jsonl`);
    const table = await Array.fromAsync(readParquet(at(`parquet/${set}.parquet`)));
    expect(table).toHaveLength(lines.length);
    const whole = table.map(({ row: { extra, ...row } }) => {
      const filled = Object.entries(row).filter(([, value]) => value !== null);
      return { ...Object.fromEntries(filled), ...JSON.parse((extra as string | null) ?? '{}') };
    });
    expect(whole).toEqual(lines);
  }
  const { columns } = await parquetFacts(at('parquet/rl.parquet'));
  expect(columns).toEqual([
    ...['problem_id', 'problem', 'data_type', 'problem_type', 'options', 'process', 'solution', 'path'],
    ...['data_source', 'skill', 'extra'],
  ]);
});

test('ids are numbers where all are, text where one is', async () => {
  const mixed = makeSamples(4);
  mixed[1].problem_id = 'one';
  await world.write(mixed);
  await run(['parquet']);
  const table = await Array.fromAsync(readParquet(at('parquet/rl.parquet')));
  expect(table.map(({ row }) => row.problem_id)).toEqual(['0', 'one', '2', '3']);
});

test('ms-swift and LLaMA-Factory: the training prompt, one tag, the medium beside it, the chain as the answer', async () => {
  const images = makeSamples(2).map((sample, i) => ({
    ...sample,
    problem_id: 100 + i,
    data_type: 'image' as const,
    path: './clips/picture.png',
  }));
  await world.write([...samples(), ...images]);
  await run();
  const [question] = await rows('ms-swift/rl-video.jsonl');
  const [sample] = samples();
  expect(question).toEqual({
    messages: [{ role: 'user', content: `<video>${promptText(sample, { mode: 'think', profile: 'paper' })}` }],
    videos: ['clips/0.mp4'],
    problem_id: '0',
    problem_type: 'numerical',
    data_type: 'video',
    solution: '<answer>0</answer>',
    path: 'clips/0.mp4',
  });
  type Row = { messages: { content: string }[]; images?: string[] };
  const chains = await rows<Row>('llama-factory/cot-video.jsonl');
  expect(await rows('ms-swift/cot-video.jsonl')).toEqual(chains);
  const cot = (await rows<Sample>('cot.jsonl')).filter(({ data_type }) => data_type === 'video');
  expect(chains.map(({ messages }) => messages[1].content)).toEqual(
    cot.map(({ process, solution }) => `${process}\n${solution}`),
  );
  for (const { messages } of chains) expect(messages[0].content.match(/<(video|image|audio)>/g)).toEqual(['<video>']);
  expect(chains[2].messages[0].content).toContain('[video] and [image]: Which');
  const pictures = await rows<Row>('ms-swift/rl-image.jsonl');
  expect(pictures.map((row) => [row.images, row.messages[0].content.startsWith('<image>Which')])).toEqual([
    [['clips/picture.png'], true],
    [['clips/picture.png'], true],
  ]);
  const info = JSON.parse(await readFile(at('llama-factory/dataset_info.json'), 'utf8'));
  expect(Object.keys(info)).toEqual(['videorft_cot_video', 'videorft_cot_image']);
  expect(info.videorft_cot_image).toMatchObject({ file_name: 'cot-image.jsonl', columns: { images: 'images' } });
});

test('a form that is not asked for any more goes; what is not ours stays', async () => {
  await world.write(makeSamples(4));
  await run();
  expect(existsSync(at('ms-swift/rl-image.jsonl'))).toBe(false);
  await writeFile(at('ms-swift/notes.txt'), 'mine');
  await run(['parquet']);
  expect(await readdir(at('ms-swift'))).toEqual(['notes.txt']);
  expect(existsSync(at('llama-factory'))).toBe(false);
  expect(await readdir(at('parquet'))).toEqual(['cot.parquet', 'rl.parquet']);
});

const bytes = async () => {
  const all = await readdir(at('.'), { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile() && !/provenance|state|bill|run\.lock/.test(entry.name));
  const read = files.map(async ({ parentPath, name }) => [name, await readFile(`${parentPath}/${name}`, 'base64')]);
  return Object.fromEntries(await Promise.all(read));
};

test('the same answers give the same bytes, card and figures too, whenever they came', async () => {
  await world.write(samples());
  await run(formNames, { card: true });
  const first = await bytes();
  expect(Object.keys(first)).toEqual(expect.arrayContaining(['README.md', 'cot.parquet', 'lengths.svg', 'kinds.svg']));
  await rm(at('.'), { recursive: true });
  const controller = new AbortController();
  let count = 0;
  const stopped = fakeExperts(() => {
    if (++count === 15) controller.abort(new Error('stop'));
    return undefined;
  });
  const config = world.config({ output: { forms: [...formNames], card: true } });
  await expect(world.run(stopped, { signal: controller.signal }, config)).rejects.toThrow('stop');
  await run(formNames, { card: true });
  expect(await bytes()).toEqual(first);
});

test('a folder that cannot be made: the run says so, and no half-written file is left', async () => {
  await world.write(makeSamples(4));
  await mkdir(at('.'), { recursive: true });
  await writeFile(at('ms-swift'), 'a file where the folder should be');
  await expect(run()).rejects.toThrow(/EEXIST|ENOTDIR/);
  const left = await readdir(at('.'), { recursive: true });
  expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(existsSync(at('rl.jsonl'))).toBe(false);
});

test('the card: metadata that names the files, counts, who was sent what, and what is not known', async () => {
  await world.write(makeSamples(20));
  const config = world.config({ output: { title: 'Numbers', license: 'cc-by-4.0', forms: ['parquet'] } });
  const { describer, ...others } = config.experts;
  const away = { ...describer, baseURL: 'https://api.example.com/v1' };
  await world.run(fakeExperts(), {}, { ...config, experts: { ...others, describer: away } });
  const card = await readFile(at('README.md'), 'utf8');
  const [, front, body] = card.split('---\n');
  expect(parse(front)).toMatchObject({
    pretty_name: 'Numbers',
    license: 'cc-by-4.0',
    language: ['en'],
    size_categories: ['n<1K'],
    configs: [
      { config_name: 'cot', default: true, data_files: [{ split: 'train', path: 'parquet/cot.parquet' }] },
      { config_name: 'rl', data_files: [{ split: 'train', path: 'parquet/rl.parquet' }] },
    ],
  });
  expect(body).toContain('20 in = 18 kept + 2 rejected + 0 quarantined');
  expect(body).toContain('| api.example.com | describer | frames of 10 videos, 0 images; no questions |');
  expect(body).toContain('On machines or in the network of those who made it: reasoner, refiner.');
  expect(body).toContain('Refinement changed 20 of 20 chains and 2 answers, and named 2 inconsistencies.');
  for (const [, file] of body.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) {
    expect(await readFile(at(file), 'utf8')).toMatch(/^<svg .*<\/svg>\s*$/s);
  }
  await world.run(fakeExperts(), {}, world.config({ output: {} }));
  const local = await readFile(at('README.md'), 'utf8');
  expect(local).toMatch(/third parties\s+Nothing\./);
  expect(local).toContain('No licence is given');
});
