// Adapters at run time: what each says is what the model with it says, whoever decodes beside it and whatever was asked before; what is refused.
import { cpSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tinyModel } from '../../test/support/tiny-model.ts';
import { adapterFolder, serveTiny, tinyLora, writeTinyAdapter } from '../../test/support/tiny-served.ts';
import { Generator, type VideoLanguageModel } from '../models/index.ts';

const messages = [{ role: 'user', content: 'Which way does the red circle move?' }] as const;
const greedy = { messages, temperature: 0, max_tokens: 24, return_token_ids: true };

async function expected(model: VideoLanguageModel): Promise<readonly number[]> {
  const generator = new Generator(model, { threads: 1 });
  const options = { numSamples: 1, maxTokens: 24, temperature: 0, seed: 1 };
  const [[{ tokens }]] = await generator.generate([model.prepare(messages)], model.weights, options);
  await generator.dispose();
  return tokens;
}

type Server = Awaited<ReturnType<typeof serveTiny>>;
const ask = async (server: Server, model: string) =>
  (await server.send('/chat/completions', { ...greedy, model })).json;
const tokensOf = (answer: { choices: { token_ids: number[] }[] }) => answer.choices[0].token_ids;

test('several at once beside the model itself, each with its own tokens, known prompts and all; listed with their places', async () => {
  const root = adapterFolder();
  const [a, b] = [join(root, 'a'), join(root, 'b')];
  const models = [tinyModel(), await writeTinyAdapter(a, 1), await writeTinyAdapter(b, 2)];
  const want = await Promise.all(models.map(expected));
  expect(new Set(want.map(String)).size).toBe(3);
  await using server = await serveTiny({ adapters: root });
  expect(await server.load('a', a)).toMatchObject({
    status: 200,
    text: "Success: LoRA adapter 'a' added successfully.",
  });
  expect((await server.load('b', 'b')).status).toBe(200); // relative to the folder
  expect(await server.models()).toMatchObject([
    { id: 'tiny' },
    { id: 'a', root: a, parent: 'tiny' },
    { id: 'b', parent: 'tiny' },
  ]);
  const names = ['tiny', 'a', 'b', 'b', 'a', 'tiny'];
  const answers = await Promise.all(names.map((name) => ask(server, name)));
  expect(answers.map(tokensOf)).toEqual([0, 1, 2, 2, 1, 0].map((i) => want[i]));
  expect(answers.map((answer) => answer.model)).toEqual(names);
  // The prompt is known by now, to each of the three.
  for (const [i, name] of ['tiny', 'a', 'b'].entries()) {
    const again = await ask(server, name);
    expect(tokensOf(again)).toEqual(want[i]);
    expect(again.usage.prompt_tokens_details.cached_tokens).toBe(again.usage.prompt_tokens);
  }
  // One name, another adapter: nothing of the former is left.
  expect((await server.load('a', b, { load_inplace: true })).status).toBe(200);
  const replaced = await ask(server, 'a');
  expect(tokensOf(replaced)).toEqual(want[2]);
  expect(replaced.usage.prompt_tokens_details.cached_tokens).toBe(0);
  expect(await server.unload('a')).toMatchObject({
    status: 200,
    text: "Success: LoRA adapter 'a' removed successfully.",
  });
  expect((await server.send('/chat/completions', { ...greedy, model: 'a' })).status).toBe(404);
  expect((await server.models()).map(({ id }) => id)).toEqual(['tiny', 'b']);
});

test('an adapter of another rank beside the first; one that is unloaded while it is asked still answers', async () => {
  const root = adapterFolder();
  const wide = await writeTinyAdapter(join(root, 'wide'), 3, { ...tinyLora, rank: 4 });
  await writeTinyAdapter(join(root, 'a'), 1);
  const want = await expected(wide);
  await using server = await serveTiny({ adapters: root });
  for (const name of ['a', 'wide']) await server.load(name, name);
  const running = ask(server, 'wide');
  const health = async () => (await (await fetch(new URL('/health', server.baseURL))).json()) as { requests: number };
  while ((await health()).requests === 0) await new Promise((done) => setTimeout(done, 1));
  await server.unload('wide');
  expect(tokensOf(await running)).toEqual(want);
});

test('without the flag there are no adapters, and the answer says what to start the server with', async () => {
  await using server = await serveTiny();
  for (const answer of [await server.load('a', 'a'), await server.unload('a')]) {
    expect(answer.status).toBe(404);
    expect(answer.json.error).toMatchObject({ code: 'adapters-off', message: expect.stringContaining('--adapters') });
  }
});

test('what is refused, with its reason, changes nothing', async () => {
  const [root, elsewhere] = [adapterFolder(), adapterFolder()];
  await writeTinyAdapter(join(root, 'a'), 1);
  await writeTinyAdapter(join(elsewhere, 'b'), 1);
  symlinkSync(join(elsewhere, 'b'), join(root, 'link'));
  await tinyModel().save(join(root, 'whole'), tinyModel().weights);
  writeFileSync(join(root, 'file'), '{}');
  cpSync(join(root, 'a'), join(root, 'cut'), { recursive: true });
  truncateSync(join(root, 'cut/adapter_model.safetensors'), 500);
  cpSync(join(root, 'a'), join(root, 'words'), { recursive: true });
  writeFileSync(join(root, 'words/adapter_config.json'), 'no JSON');
  await using server = await serveTiny({ adapters: root, maxAdapters: 1 });
  const cases: [Promise<{ status: number; json: { error: object } }>, number, string][] = [
    [server.load('b', join(elsewhere, 'b')), 400, 'adapter-outside-root'],
    [server.load('b', '../b'), 400, 'adapter-outside-root'],
    [server.load('b', 'link'), 400, 'adapter-outside-root'],
    [server.load('b', 'a\0'), 404, 'adapter-missing'],
    [server.load('b', 'nowhere'), 404, 'adapter-missing'],
    [server.load('b', 'whole'), 400, 'lora-adapter'],
    [server.load('b', 'file'), 400, 'file-unreadable'],
    [server.load('b', 'words'), 400, 'lora-adapter'],
    [server.load('b', 'cut'), 400, 'safetensors'],
    [server.load('tiny', 'a'), 400, 'adapter-exists'],
    [server.load('', 'a'), 400, 'invalid-value'],
    [server.send('/load_lora_adapter', { lora_name: 'b' }), 400, 'invalid-value'],
    [server.unload('b'), 404, 'adapter-missing'],
  ];
  for (const [answer, status, code] of cases) expect(await answer).toMatchObject({ status, json: { error: { code } } });
  expect(await server.models()).toHaveLength(1);
  await server.load('a', 'a');
  expect(await server.load('a', 'a')).toMatchObject({ status: 400, json: { error: { code: 'adapter-exists' } } });
  expect(await server.load('c', 'a')).toMatchObject({ status: 400, json: { error: { code: 'adapter-full' } } });
  expect((await server.models()).map(({ id }) => id)).toEqual(['tiny', 'a']);
});
