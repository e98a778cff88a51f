// What a server of vLLM's protocol is asked, with which adapter, and what is made of its answer: its own tokens, its log-probabilities, a version.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setLogLevel } from '../src/base/log.ts';
import { connected, options, prompts, script, text, trainer, wordsOf } from './support/rollouts.ts';
import { tinyAdam, tinyTokenizer } from './support/tiny-model.ts';
import { LOGPROB, vllmServer } from './support/vllm-server.ts';

beforeAll(() => setLogLevel('silent'));
afterAll(async () => {
  setLogLevel('info');
  await trainer.close();
});

test("tokens are the server's, whatever its text says; log-probabilities and version come with them", async () => {
  await using server = await vllmServer(script);
  const { backend, folder } = await connected(server);
  const [completions] = await backend.sample([text], options);
  expect(completions.map((c) => c.tokens)).toEqual([0, 1].map(script.tokens));
  expect(completions[0]).toMatchObject({
    text: tinyTokenizer().decode([70, 71]),
    finish: 'stop',
    version: trainer.version,
  });
  expect([...completions[1].logprobs]).toEqual([LOGPROB, LOGPROB, LOGPROB]);
  const [load, chat] = server.requests;
  expect(load.body).toEqual({ lora_name: chat.body.model, lora_path: join(folder, chat.body.model) });
  expect(readdirSync(join(folder, chat.body.model)).sort()).toEqual([
    'adapter_config.json',
    'adapter_model.safetensors',
  ]);
  expect(chat.body).toMatchObject({
    n: 2,
    max_tokens: 8,
    temperature: 1,
    top_p: 1,
    top_k: -1,
    repetition_penalty: 1,
    min_p: 0,
  });
  expect(chat.body).toMatchObject({ logprobs: true, return_token_ids: true, return_tokens_as_token_ids: true });
});

test('a video is its frames with their rate and size, a picture itself', async () => {
  await using server = await vllmServer(script);
  const { backend } = await connected(server);
  await backend.sample(prompts, options);
  const bodies = server.requests.filter((r) => r.path === '/chat/completions').map((r) => r.body);
  const bodyOf = (i: number) => bodies.find((b) => wordsOf(b.messages) === wordsOf(prompts[i].messages));
  const url = (i: number) => JSON.stringify(bodyOf(i)?.messages).match(/"url":"(data:[^,]*),([^"]*)"/) ?? [];
  expect(url(1)[1]).toBe('data:video/jpeg;base64');
  expect(url(1)[2].split(',')).toHaveLength(4);
  expect(bodyOf(1)).toMatchObject({
    media_io_kwargs: { video: { num_frames: 4, fps: 2, do_sample_frames: false, frames_indices: [0, 1, 2, 3] } },
    mm_processor_kwargs: { fps: 2, min_pixels: 56 * 56, max_pixels: 56 * 56 },
  });
  expect(url(3)[1]).toBe('data:image/png;base64');
  expect(bodyOf(3)).not.toHaveProperty('media_io_kwargs');
  expect(bodyOf(2)).not.toHaveProperty('mm_processor_kwargs');
});

test('a step of the optimizer is a new adapter under a new name; the former leaves server and disk, and so do those of a dead process', async () => {
  await using server = await vllmServer(script);
  server.adapters.set('videorft-1234-dead-0000-v7', '/gone');
  server.adapters.set('someone-elses', '/kept');
  const { backend, folder, rollouts } = await connected(server);
  await backend.sample([text], options);
  await backend.sample([text], options); // the same weights: nothing is loaded
  const before = trainer.version;
  await backend.optimStep({ ...tinyAdam, learningRate: 0 });
  const [[{ version }]] = await backend.sample([text], options);
  expect(version).toBe(before + 1);
  expect(server.requests.filter((r) => r.path === '/load_lora_adapter')).toHaveLength(2);
  const mine = [...server.adapters.keys()].filter((name) => name.startsWith('videorft-1234-'));
  expect(mine).toEqual([expect.stringMatching(/-0001-v\d+$/)]);
  expect(readdirSync(folder)).toEqual(mine);
  await rollouts.close();
  expect([[...server.adapters.keys()], readdirSync(folder)]).toEqual([['someone-elses'], []]);
});
