// The dry run: what it counts, what it takes from earlier answers, whom it names, and that it asks nobody and writes nothing.
import { existsSync } from 'node:fs';
import { rm, truncate } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startChatServer } from '../../test/support/chat-server.ts';
import { runCli } from '../../test/support/cli-world.ts';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import { fakeExperts, makeSamples, textReader } from '../../test/support/curate-world.ts';
import { failureOf } from '../../test/support/failure.ts';
import { VideorftError } from '../base/errors.ts';
import { whereIs } from './destinations.ts';
import { estimateCuration } from './estimate.ts';
import { formatEstimate } from './estimate-text.ts';
import type { MediaReader } from './media.ts';

const world = useCurateFixture();

const price = { input: 1, output: 10 };
function config() {
  const base = world.config({}, 'https://api.example.com/v1');
  const { describer, reasoner, refiner } = base.experts;
  const near = { ...refiner, baseURL: 'http://localhost:8000/v1', price: {} };
  return { ...base, experts: { describer: { ...describer, price }, reasoner: { ...reasoner, price }, refiner: near } };
}
const estimate = () => estimateCuration(config(), { media: textReader });

test('counts calls by distinct media and by usable rows, and leaves the folder alone', async () => {
  const samples = makeSamples(20);
  samples[0] = { ...samples[0], solution: '<answer>many</answer>' };
  await world.write(samples, ['not a row']);
  await rm(world.at('clips/9.mp4'));
  await truncate(world.at('clips/3.mp4'));
  const found = await estimate();
  expect(found.rows).toEqual({ total: 21, usable: 17 });
  expect(found.media).toMatchObject({ images: [], missing: 1 });
  expect(found.media.videos).toHaveLength(9);
  expect(found.look).toMatchObject({ lookedAt: 9, undecodable: 1, framesPerMedia: 1, imageTokens: 100 });
  expect(found.stages.describe).toMatchObject({ calls: 9, answered: 0, measured: false });
  expect(found.stages.reason.calls).toBe(17);
  expect(found.stages.refine).toMatchObject({ calls: 17, cost: null });
  expect(existsSync(world.at('out'))).toBe(false);
});

test.each([
  ['an error that is not about the file', new Error('EMFILE: too many open files')],
  ['a video library that is not there', new VideorftError('no', { code: 'media-native' })],
  ['an error of another part', new VideorftError('no', { code: 'file-unreadable' })],
])('%s is not counted as an undecodable file: the estimate ends with it', async (_, error) => {
  await world.write(makeSamples(4));
  const media = { read: () => Promise.reject(error) };
  await expect(estimateCuration(config(), { media })).rejects.toBe(error);
});

test('an abort while the last file is read ends it with its reason', async () => {
  await world.write(makeSamples(4));
  const controller = new AbortController();
  let reads = 0;
  const media: MediaReader = {
    read() {
      if (++reads === 2) controller.abort(new Error('stop'));
      return Promise.reject(new VideorftError('cut', { code: 'media-decode' }));
    },
  };
  await expect(estimateCuration(config(), { media, signal: controller.signal })).rejects.toThrow('stop');
});

test('cost and hours by hand, from what is assumed', async () => {
  await world.write(makeSamples(40));
  const { stages, cost, hours } = await estimate();
  // 20 descriptions of 100 + 80 tokens; 40 drafts of 700. Four requests at once.
  expect(stages.describe.completionTokens).toBe(20 * 180);
  expect(stages.reason.completionTokens).toBe(40 * 700);
  const { promptTokens } = stages.describe;
  expect(stages.describe.cost).toBeCloseTo((promptTokens * 1 + 20 * 180 * 10) / 1e6, 9);
  expect(promptTokens).toBeGreaterThan(20 * 100);
  expect(cost).toBeCloseTo((stages.describe.cost ?? 0) + (stages.reason.cost ?? 0), 9);
  expect(hours).toBeCloseTo((40 * 30) / 4 / 3600, 9);
});

test('after a first part has been curated, its numbers are believed, and its answers are not counted again', async () => {
  await world.write(makeSamples(20));
  await world.run(fakeExperts(), {}, config());
  await world.write(makeSamples(60));
  const { stages } = await estimate();
  expect(stages.describe).toMatchObject({ answered: 10, calls: 20, measured: true });
  expect(stages.reason).toMatchObject({ answered: 20, calls: 40, measured: true });
  expect(stages.reason.completionTokens).toBeLessThan(40 * 20);
});

test('a state that is none is told, not taken for a run without answers', async () => {
  await world.write(makeSamples(2));
  const wrong = { ...config(), state: 'mysql://user:secret@host/db' };
  const failure = await failureOf(estimateCuration(wrong, { media: textReader }));
  expect(failure).toMatchObject({ code: 'curate-state', facts: { state: 'mysql://…@host/db' } });
});

test('names hosts, where they are, and what each is sent', async () => {
  await world.write(makeSamples(20));
  const text = formatEstimate(await estimate());
  expect(text).toContain('what leaves this machine (media: ./clips/0.mp4,');
  expect(text).toContain('and 5 more');
  expect(text).toMatch(
    /describer → api\.example\.com \(a third party\): frames of 10 videos, 0 images, about 1 kB; no questions/,
  );
  expect(text).toMatch(/reasoner → api\.example\.com \(a third party\): .*no pictures/);
  expect(text).toMatch(/refiner → localhost:8000 \(this machine\): frames/);
  expect(['127.0.0.1', '[::1]', 'localhost'].map(whereIs)).toEqual(Array(3).fill('this machine'));
  expect(['192.168.1.2', '10.0.0.1', '172.20.0.1', 'gpu.local', 'gpu'].map(whereIs)).toEqual(
    Array(5).fill('your network'),
  );
  expect(['[fd12::3]', '[fe80::1]', '[::ffff:10.0.0.1]'].map(whereIs)).toEqual(Array(3).fill('your network'));
  const away = ['172.40.0.1', 'api.openai.com', '11.0.0.1', '[2606:4700::1111]', '10.example.com', '127.example.com'];
  expect(away.map(whereIs)).toEqual(away.map(() => 'a third party'));
});

test('whole videos are named as such, with their sound and the size of the files; the judge with what it sees', async () => {
  await world.write(makeSamples(4).map((sample) => ({ ...sample, problem_type: 'free-form' as const })));
  const base = config();
  const describer = { ...base.experts.describer, video: 'video_url' as const };
  const judge = { ...base.experts.reasoner, model: 'judge' };
  const found = await estimateCuration(
    { ...base, experts: { ...base.experts, describer, judge } },
    { media: textReader },
  );
  const text = formatEstimate(found);
  expect(text).toMatch(/describer → api\.example\.com \(a third party\): 2 whole videos with their sound, 0 images/);
  expect(text).toMatch(/refiner → localhost:8000 \(this machine\): frames of 2 videos/);
  expect(text).toMatch(/judge → api\.example\.com \(a third party\): free-form questions, reference answers/);
  expect(found.look.fileBytesPerMedia).toBe('clip ./clips/0.mp4'.length);
  expect(found.stages.judge).toMatchObject({ calls: 8, completionTokens: 8 * 60 });
});

test('videorft curate --dry-run asks nobody', async () => {
  await world.write(makeSamples(4));
  await using server = await startChatServer(() => ({ text: 'no' }));
  const experts = ['describer', 'reasoner', 'refiner'].flatMap((role) => [
    ...[`--experts.${role}.base-url`, server.baseURL, `--experts.${role}.model`, role],
  ]);
  const flags = ['--data', world.at('samples.jsonl'), '--media-root', world.at('.'), '--out', world.at('out')];
  const { status, out, err } = await runCli('curate', ...flags, ...experts, '--dry-run');
  expect([status, err]).toEqual([0, '']);
  expect(out).toContain('dry run, nobody was asked: 4 of 4 rows are usable');
  expect(out).toContain('nothing leaves this machine');
  expect(server.requests).toHaveLength(0);
});
