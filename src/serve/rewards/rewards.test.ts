// The reward server from outside: its three protocols against the scorer that training uses, samples that cannot be scored, whom it lets in,
// and what it counts.
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  badPath,
  completion,
  microSiglip,
  type RewardServing,
  rewardMedia,
  serveRewardsOf,
} from '../../../test/support/reward-world.ts';
import type { Sample } from '../../data/sample.ts';
import { loadClip, micro } from '../../media/index.ts';
import { createRewardScorer } from '../../rewards/index.ts';

let media: Awaited<ReturnType<typeof rewardMedia>>;
let server: RewardServing;
const texts = [completion('A'), completion('B'), 'no tags', completion('A', 'A blue square stands still.')];

beforeAll(async () => {
  media = await rewardMedia();
  server = await serveRewardsOf({ options: { mediaRoot: media.dir } });
});
afterAll(async () => {
  await server.stop();
  await media[Symbol.asyncDispose]();
});

const group = (sample: object, of = texts) => ({ sample, completions: of.map((text) => ({ text })) });

/** What training gives, from the same files without a server. */
async function trained(i: number) {
  const clip = await loadClip(fileURLToPath(media.clips[i]), micro);
  const sample = { ...media.sample(i), problem: '?' } as unknown as Sample;
  const scorer = createRewardScorer(await microSiglip(), { w: 1 });
  const [result] = await scorer.scoreBatch([{ sample, clip, completions_G: texts.map((text) => ({ text })) }]);
  if (!result.ok) throw result.error;
  return result.scores_G;
}

describe('the protocols', () => {
  test('the batch route gives what training gives, in the order of the groups', async () => {
    const got = await server.rewards([group(media.sample(1)), group(media.sample(0))]);
    for (const [at, i] of [1, 0].entries()) {
      const want = await trained(i);
      const scores = got[at].scores ?? [];
      expect(scores.map((s) => [s.format, s.accuracy])).toEqual([
        [1, 1],
        [1, 0],
        [0, 0],
        [1, 1],
      ]);
      for (const [g, { semantic, total }] of want.entries()) {
        expect(scores[g].semantic).toBeCloseTo(semantic as number, 5);
        expect(scores[g].total).toBeCloseTo(total, 5);
      }
      expect(scores[2].reasons.join()).toContain('format');
    }
  });

  test('OpenRLHF: prompt and completion in one text, a label of JSON, lists in return', async () => {
    const [want] = await trained(0);
    const prompt =
      '<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>What moves?<|im_end|>\n<|im_start|>assistant\n';
    const body = {
      query: [`${prompt.replace('<|image_pad|>', '<|image_pad|>'.repeat(9))}${texts[0]}<|im_end|>`],
      prompts: [prompt],
      labels: [JSON.stringify(media.sample(0))],
    };
    const response = await server.post('/get_reward', body);
    expect(response.headers.get('content-type')).toContain('application/json');
    const { rewards, scores, extra_logs } = (await response.json()) as Record<string, number[]> & {
      extra_logs: object;
    };
    expect(rewards[0]).toBeCloseTo(want.total, 5);
    expect(scores).toEqual([1]);
    expect(extra_logs).toEqual({ format: [1], semantic: [expect.closeTo(want.semantic as number, 5)] });
  });

  test('slime: a number, or the parts of it', async () => {
    const [want] = await trained(0);
    const body = {
      prompt: [{ role: 'user', content: '?' }],
      response: `${texts[0]}<|im_end|>`,
      label: media.sample(0),
    };
    expect(await (await server.post('/rm', body)).json()).toBeCloseTo(want.total, 5);
    const parts = (await (await server.post('/rm?parts=1', body)).json()) as Record<string, number>;
    expect(parts).toMatchObject({ format: 1, accuracy: 1, total: expect.closeTo(want.total, 5) });
  });

  test('terms of the group are given where the group is seen, and refused elsewhere', async () => {
    const lengthBonus = { bonus: 0.2, minTokens: 3, maxTokens: 5, accuracyAbove: 0.1 };
    const rewards = { parts: { semantic: false }, lengthBonus };
    await using other = await serveRewardsOf({ rewards, options: { mediaRoot: media.dir } });
    const completions = [4, 9, 4].map((tokens, i) => ({ tokens, text: completion(i === 2 ? 'B' : 'A') }));
    const [{ scores }] = await other.rewards([{ sample: media.sample(0), completions }]);
    expect(scores?.map((s) => s.length_bonus)).toEqual([0.2, 0, 0]);
    const refused = await other.post('/rm', { response: 'x', label: media.sample(0) });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ error: { code: 'reward-needs-group' } });
  });
});

describe('samples that cannot be scored', () => {
  test('are their own errors, and the others have their rewards', async () => {
    await symlink('/etc/hostname', join(media.dir, 'link.mp4'));
    const bad: [object, string][] = [
      [{ path: badPath(media, 'bad-zero-bytes') }, 'media-empty'],
      [{ path: badPath(media, 'bad-truncated') }, 'media-truncated'],
      [{ path: badPath(media, 'bad-text') }, 'media-not-video'],
      [{ path: 'no-such.mp4' }, 'media-missing'],
      [{ path: '.' }, 'media-outside-root'],
      [{ path: '../../etc/passwd' }, 'media-outside-root'],
      [{ path: '/etc/passwd' }, 'media-outside-root'],
      [{ path: 'link.mp4' }, 'media-outside-root'],
      [{ path: 'a\0b.mp4' }, 'media-missing'],
      [{ path: 'x'.repeat(5000) }, 'media-missing'],
      [{ data_type: 'image' }, 'media-kind'],
      [{ problem_type: 'numerical', solution: '<answer>many</answer>' }, 'reward-truth-unreadable'],
    ];
    const got = await server.rewards([group(media.sample(2)), ...bad.map(([more]) => group(media.sample(1, more)))]);
    expect(got[0].scores).toHaveLength(texts.length);
    expect(got.slice(1).map(({ error, scores }) => [scores, error?.code])).toEqual(
      bad.map(([, code]) => [undefined, code]),
    );
    expect(JSON.stringify(got)).not.toContain(media.dir);
  });

  test.skipIf(process.platform !== 'linux')('a file that the system cannot read is one of them', async () => {
    // Of /proc/self, mem is a file whose first bytes cannot be read (EIO), and exe is outside.
    await using other = await serveRewardsOf({ options: { mediaRoot: '/proc/self' } });
    const got = await other.rewards(['mem', 'exe'].map((path) => group(media.sample(1, { path }))));
    expect(got.map(({ error, scores }) => [scores, error?.code])).toEqual([
      [undefined, 'media-unreadable'],
      [undefined, 'media-outside-root'],
    ]);
  });

  test('end the request of a protocol that has no place for them', async () => {
    const label = JSON.stringify(media.sample(0, { path: badPath(media, 'bad-zero-bytes') }));
    for (const [path, body] of [
      ['/get_reward', { query: ['x'], prompts: [''], labels: [label] }],
      ['/rm', { response: 'x', label }],
    ] as const) {
      const response = await server.post(path, body);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({
        error: { code: 'media-empty', message: expect.stringContaining('sample 0') },
      });
    }
  });
});

describe('who is let in', () => {
  test.each([
    ['{', 'invalid-json', null],
    ['[]', 'invalid-json', null],
    ['{}', 'invalid-value', 'groups'],
    ['{"groups": []}', 'invalid-value', 'groups'],
    ['{"groups": [{"sample": {}, "completions": []}]}', 'invalid-value', 'groups.0.completions'],
    ['{"groups": [{"sample": {}, "completions": [{"text": 7}]}]}', 'invalid-value', 'groups.0.completions.0.text'],
    ['{"groups": [{"sample": {}, "completions": [{"text": ""}]}]}', 'invalid-value', 'groups.0.sample.problem_type'],
    ['{"groups": [{"sample": "x", "completions": [{"text": ""}]}]}', 'invalid-value', 'groups.0.sample'],
    ['{"groups": [{"sample": {}, "completions": [{"text": ""}], "x": 1}]}', 'invalid-value', 'groups.0'],
  ])('malformed %s: a 422 that says where', async (body, code, param) => {
    const response = await server.post('/v1/rewards', body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ error: { code, param } });
  });

  test('texts that would take long to compare: a 422, one by one and all together', async () => {
    const sample = { problem_type: 'OCR', solution: `<answer>${'a '.repeat(1900)}</answer>`, path: 'x' };
    const ask = async (groups: object[]) => {
      const response = await server.post('/v1/rewards', { groups });
      return [response.status, ((await response.json()) as { error?: { code: string } }).error?.code];
    };
    expect(await ask([group(sample, ['x'.repeat(40_001)])])).toEqual([422, 'too-long']);
    expect(await ask(Array(8).fill(group(sample, ['x'.repeat(39_000)])))).toEqual([422, 'too-long']);
    expect(await ask([group({ ...sample, solution: `<answer>${'a'.repeat(4000)}</answer>` })])).toEqual([
      422,
      'invalid-value',
    ]);
    expect((await ask([group(sample, ['x'])]))[0]).toBe(200);
    // Options are read for each completion.
    const offered = { problem_type: 'multiple choice', solution: '<answer>A</answer>', path: 'x' };
    const options = ['A. left', `B. ${'x'.repeat(2000)}`];
    expect(await ask([group({ ...offered, options }, Array(4000).fill('x'))])).toEqual([422, 'too-long']);
    expect(await ask([group({ ...offered, options: Array(5.1e6).fill('') }, ['x'])])).toEqual([422, 'too-long']);
    expect((await ask([group({ ...offered, options }, Array(1000).fill('x'))]))[0]).toBe(200);
  });

  test('the token, the type of the body, its size, and a full house', async () => {
    const options = { mediaRoot: media.dir, apiKeyEnv: 'KEY', maxBodyBytes: 2000, maxConcurrent: 1, maxQueue: 0 };
    await using locked = await serveRewardsOf({ options, env: { KEY: 'sesame' } });
    const bearer = { authorization: 'Bearer sesame' };
    expect((await locked.post('/rm', '{}')).status).toBe(401);
    expect((await fetch(`${locked.origin}/metrics`)).status).toBe(401);
    expect((await fetch(`${locked.origin}/health`)).status).toBe(200);
    expect((await locked.post('/rm', '{}', { ...bearer, 'content-type': 'text/plain' })).status).toBe(415);
    expect((await locked.post('/rm', 'x'.repeat(2001), bearer)).status).toBe(413);
    const body = { response: 'x', label: media.sample(0) };
    const answers = await Promise.all([1, 2, 3, 4].map(() => locked.post('/rm', body, bearer)));
    const statuses = answers.map((r) => r.status).sort();
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(429);
    const full = answers.find((r) => r.status === 429);
    expect(Number(full?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });
});

test('a video is embedded once, requests share passes, and the counts say so', async () => {
  await using fresh = await serveRewardsOf({ options: { mediaRoot: media.dir } });
  const one = (i: number) => fresh.rewards([group(media.sample(i))]);
  const bad = fresh.rewards([group(media.sample(0, { path: 'no-such.mp4' }))]);
  await Promise.all([one(0), one(1), one(2), one(0), bad]);
  await one(1);
  const counts = await fresh.metrics();
  const of = (name: string) => counts.get(name);
  expect(of('videorft_video_cache_misses_total')).toBe(3);
  expect(of('videorft_video_cache_hits_total')).toBe(2);
  expect(of('videorft_embedding_rows_total{tower="image"}')).toBe(3 * micro.nframes);
  expect(of('videorft_embedding_shared_passes_total{tower="image"}')).toBeGreaterThanOrEqual(0);
  expect(of('videorft_rewards_completions_total')).toBe(5 * texts.length);
  expect(of('videorft_rewards_sample_errors_total{code="media-missing"}')).toBe(1);
  expect(of('videorft_rewards_requests_total{route="/v1/rewards",status="200"}')).toBe(6);
  expect(of('videorft_rewards_request_seconds_bucket{route="/v1/rewards",le="+Inf"}')).toBe(6);
  expect(of('videorft_rewards_requests_inside')).toBe(0);
});
