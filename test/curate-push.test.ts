// A curation's folder onto a local server that speaks the Hub's interface, through the Hub's own client: what arrives, what stays here, what a
// second start sends, and every way in which it can fail.
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { main } from '../src/cli/main.ts';
import { formNames } from '../src/curate/dataset/forms.ts';
import { type PushOptions, pushDataset, pushSchema } from '../src/curate/hub/push.ts';
import { applyReview, findReviewSet } from '../src/curate/index.ts';
import { lockRun } from '../src/runs/lock.ts';
import { useCurateFixture } from './support/curate-fixture.ts';
import { fakeExperts, makeSamples } from './support/curate-world.ts';
import { type HubServer, startHubServer } from './support/hub-server.ts';

const world = useCurateFixture();
const REPO = 'my-org/chains';
let hub: HubServer;
let out: string;

beforeEach(async () => {
  hub = await startHubServer(REPO);
  vi.stubEnv('TEST_HUB_TOKEN', 'hf_secret');
  out = world.at('out');
  await world.write(makeSamples(20));
  await world.run(fakeExperts(), {}, world.config({ output: { forms: [...formNames] } }));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub[Symbol.asyncDispose]();
});

const push = (rest: object = {}, options: PushOptions = {}) => {
  const settings = { endpoint: hub.endpoint, tokenEnv: 'TEST_HUB_TOKEN' };
  return pushDataset(out, pushSchema.parse({ to: REPO, hub: settings, ...rest }), options);
};
const uploads = () => hub.asked.filter((asked) => asked.startsWith('PUT /store/'));

const kept = ['bill.json', 'config.yaml', 'quarantined.jsonl', 'rejected.jsonl', 'run.lock', 'state.sqlite'];

test('the data set arrives as it is here, in one commit, in a private repository; what is not part of it stays', async () => {
  const { commit, bytes, url } = await push();
  const here = readdirSync(out, { recursive: true }).map(String);
  const files = here.filter((path) => statSync(join(out, path)).isFile() && !kept.includes(path)).sort();
  expect([...hub.committed.keys()].sort()).toEqual(files);
  for (const [path, there] of hub.committed) expect(there.equals(readFileSync(join(out, path))), path).toBe(true);
  expect(files).toEqual(expect.arrayContaining(['README.md', 'parquet/cot.parquet', 'ms-swift/rl-video.jsonl']));
  expect(bytes).toBe([...hub.committed.values()].reduce((sum, { length }) => sum + length, 0));
  expect(hub.made).toMatchObject([{ name: 'chains', organization: 'my-org', visibility: 'private' }]);
  expect(hub.tokens).toEqual(new Set(['Bearer hf_secret']));
  expect(hub.commits).toEqual(['Upload with videorft']);
  expect([commit, url]).toEqual(['c1', `${hub.endpoint}/datasets/${REPO}`]);
  // Some went whole, some in parts.
  expect(uploads().some((asked) => /\/\d+$/.test(asked))).toBe(true);
  expect(uploads().some((asked) => /[0-9a-f]{64}$/.test(asked))).toBe(true);
});

test('a reviewed data set goes from its own folder, with its own counts; decisions stay', async () => {
  const { counts } = await applyReview(await findReviewSet(out));
  const unlock = lockRun(out); // as who applies decisions has it
  out = join(out, 'review');
  await expect(push()).rejects.toMatchObject({ code: 'run-locked' });
  unlock();
  await push();
  expect(JSON.parse(String(hub.committed.get('counts.json')))).toEqual(counts);
  expect([...hub.committed.keys()]).toEqual(
    expect.arrayContaining(['README.md', 'cot.jsonl', 'rl.jsonl', 'parquet/rl.parquet', 'ms-swift/cot-video.jsonl']),
  );
  expect([...hub.committed.keys()].filter((path) => /decisions|rejected|lock/.test(path))).toEqual([]);
});

test('again: nothing that is there is sent, no repository is made', async () => {
  await push({ private: false });
  const before = uploads().length;
  expect((await push()).commit).toBe('c2');
  expect(uploads()).toHaveLength(before);
  expect(hub.made).toMatchObject([{ visibility: 'public' }]);
});

test('a push that breaks off leaves nothing to be seen, and the next sends what is missing', async () => {
  let allowed = 12;
  hub.trouble = ({ url }, response) => {
    if (!url?.startsWith('/store/') || allowed-- > 0) return false;
    response.writeHead(503, { 'retry-after': '0' }).end();
    return true;
  };
  await expect(push()).rejects.toMatchObject({ code: 'hub-answer', facts: { status: 503 } });
  expect(hub.committed.size).toBe(0);
  hub.trouble = undefined;
  hub.asked.length = 0;
  await push();
  const second = uploads().length;
  hub.asked.length = 0;
  await using other = await startHubServer(REPO);
  await push({ hub: { endpoint: other.endpoint, tokenEnv: 'TEST_HUB_TOKEN' } });
  expect(second).toBeLessThan(other.asked.filter((asked) => asked.startsWith('PUT /store/')).length);
});

test('too many requests and a failing server are asked again, as they wish', async () => {
  const refused = new Set<string>();
  hub.trouble = ({ method, url }, response) => {
    const request = `${method} ${url}`;
    if (refused.has(request)) return false;
    refused.add(request);
    response.writeHead(refused.size % 2 ? 429 : 502, { 'retry-after': '0' }).end();
    return true;
  };
  expect((await push()).commit).toBe('c1');
  expect(refused.size).toBeGreaterThan(10);
});

test('stopped: it ends with the reason, and nothing is committed', async () => {
  const controller = new AbortController();
  hub.trouble = ({ url }) => {
    if (url?.startsWith('/store/')) controller.abort(new Error('stop'));
    return false;
  };
  await expect(push({}, { signal: controller.signal })).rejects.toThrow('stop');
  expect(hub.commits).toEqual([]);
});

test.each([
  [401, {}, { code: 'hub-refused', fix: expect.stringContaining('TEST_HUB_TOKEN') }],
  [403, {}, { code: 'hub-refused', fix: expect.stringContaining('my-org') }],
  [undefined, { revision: 'none' }, { code: 'hub-missing', fix: expect.stringContaining('hub.revision') }],
])('refused with %s: what to do', async (status, settings, error) => {
  hub.trouble = ({ method }, response) => {
    if (status === undefined || method === 'GET') return false;
    response.writeHead(status).end();
    return true;
  };
  const more = { hub: { endpoint: hub.endpoint, tokenEnv: 'TEST_HUB_TOKEN', ...settings } };
  await expect(push(more)).rejects.toMatchObject(error);
  expect(hub.commits).toEqual([]);
});

test('without a token, and with one of somebody else, nobody is asked', async () => {
  vi.stubEnv('TEST_HUB_TOKEN', 'sk-other');
  await expect(push()).rejects.toMatchObject({ code: 'push-token' });
  vi.stubEnv('TEST_HUB_TOKEN', '');
  await expect(push()).rejects.toMatchObject({ code: 'push-token', fix: expect.stringContaining('TEST_HUB_TOKEN') });
  expect(hub.asked).toEqual([]);
});

test('a folder without a data set, with half of one, or under work is not published', async () => {
  for (const folder of ['clips', 'nowhere']) {
    const pushing = pushDataset(world.at(folder), pushSchema.parse({ to: REPO }));
    await expect(pushing).rejects.toMatchObject({ code: 'push-no-dataset' });
  }
  expect(existsSync(world.at('nowhere'))).toBe(false);
  const unlock = lockRun(out);
  await expect(push()).rejects.toMatchObject({ code: 'run-locked' });
  unlock();
  appendFileSync(join(out, 'cot.jsonl'), '{}\n');
  await expect(push()).rejects.toMatchObject({ code: 'push-incomplete', facts: { rows: 19, counts: 18 } });
});

test('videorft push --dry-run lists what would go, and asks nobody', async () => {
  const lines: string[] = [];
  const flags = ['--to', REPO, '--dry-run', '--exclude', 'provenance.jsonl', '--exclude', 'ms-swift/*'];
  const io = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) };
  expect(await main(['push', out, ...flags, '--hub.endpoint', hub.endpoint], io)).toBe(0);
  expect(lines[0]).toMatch(/^dry run, nothing was sent: \d+ files, [\d.]+ kB would go to http:\S+my-org\/chains$/);
  expect(lines.join('\n')).toMatch(/README\.md\s+\d/);
  expect(lines.join('\n')).not.toMatch(/provenance|ms-swift|state\.sqlite/);
  expect(hub.asked).toEqual([]);
});
