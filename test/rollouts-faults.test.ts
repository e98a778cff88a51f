// A server of vLLM's answers that goes wrong in every way that would train on something else than what was sampled: each is refused with its
// reason, and what can be waited out is.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { setLogLevel } from '../src/base/log.ts';
import { failureOf } from './support/failure.ts';
import { asking, connected, END, options, prompts, script, text, trainer } from './support/rollouts.ts';
import { type ChatAnswer, type Fault, type VllmScript, vllmServer } from './support/vllm-server.ts';

beforeAll(() => {
  setLogLevel('silent');
  vi.spyOn(console, 'error').mockImplementation(() => undefined); // the server's, of connections it was told to lose
});
afterAll(async () => {
  setLogLevel('info');
  await trainer.close();
});

/** The chat answers changed. */
const changed = (change: (answer: ChatAnswer) => unknown) => ({
  fault: (path: string): Fault | undefined => (path === '/chat/completions' ? change : undefined),
});

describe('what is refused', () => {
  test.each<[string, string, Partial<VllmScript>, string]>([
    [
      'no log-probabilities',
      'rollouts-answer',
      changed((a) => ({ ...a, choices: a.choices.map((c) => ({ ...c, logprobs: null })) })),
      'log-probability for every token',
    ],
    [
      "one that is vLLM's −9999",
      'rollouts-answer',
      changed((a) => {
        const [{ logprobs }] = a.choices;
        if (logprobs) logprobs.content[1].logprob = -9999;
        return a;
      }),
      'log-probability for every token',
    ],
    [
      'too few of them',
      'rollouts-answer',
      changed((a) => {
        a.choices[1].logprobs?.content.pop();
        return a;
      }),
      'log-probability for every token',
    ],
    [
      'of other tokens',
      'rollouts-answer',
      changed((a) => {
        a.choices[0].token_ids = [70, 99, END];
        return a;
      }),
      'of another token',
    ],
    [
      'no tokens, as older servers',
      'rollouts-answer',
      changed((a) => ({
        ...a,
        choices: a.choices.map((c) => ({
          ...c,
          token_ids: null,
          logprobs: { content: c.logprobs?.content.map((l) => ({ ...l, token: 'x' })) },
        })),
      })),
      'does not tell the tokens',
    ],
    [
      'one completion for two',
      'rollouts-answer',
      changed((a) => ({ ...a, choices: a.choices.slice(1) })),
      'another number of completions',
    ],
    [
      'other counts',
      'rollouts-answer',
      changed((a) => ({ ...a, usage: { ...a.usage, completion_tokens: 5 } })),
      'counts other tokens',
    ],
    [
      'more than was asked for',
      'rollouts-answer',
      { tokens: () => [...Array(8).fill(70), END] },
      'longer than was asked for',
    ],
    ['no end of turn', 'rollouts-answer', { tokens: () => [70, 71] }, 'leaves out the token that ended'],
    ['another protocol', 'rollouts-answer', changed(() => ({ result: 1 })), "not one of OpenAI's protocol"],
    ['a longer prompt', 'rollouts-prompt', { prompt: (b) => [...script.prompt(b), 5] }, 'tokens, the trainer as'],
    [
      'another token in it',
      'rollouts-prompt',
      { prompt: (b) => script.prompt(b).with(3, 1) },
      'they differ at token 3',
    ],
    [
      'another number of tokens, told by their count',
      'rollouts-prompt',
      changed((a) => ({ ...a, prompt_token_ids: null, usage: { ...a.usage, prompt_tokens: 3 } })),
      'reads the prompt as 3 tokens',
    ],
    [
      'a prompt that nobody counted',
      'rollouts-prompt',
      changed((a) => ({ ...a, prompt_token_ids: null, usage: null })),
      'does not say how many',
    ],
    [
      'an answer of another adapter',
      'rollouts-stale',
      changed((a) => ({ ...a, model: 'videorft-1234-old' })),
      'other weights',
    ],
    [
      'completions that were cut off',
      'rollouts-cut',
      changed((a) => {
        a.choices[0].finish_reason = 'abort';
        return a;
      }),
      'cut completions off',
    ],
    ['a server without the routes', 'rollouts-lora', { runtimeLora: false }, 'loads no adapters'],
  ])('%s', async (_, code, more, message) => {
    const error = await failureOf(asking(more));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('vLLM that takes no settings of a video with a request: with the flag', async () => {
    const message = 'Per-request mm_processor_kwargs are disabled. Start the server with --trust-request-mm-kwargs.';
    const body = { error: { message, type: 'BadRequestError', param: null, code: 400 } };
    const fault = (path: string): Fault | undefined =>
      path === '/chat/completions' ? { status: 400, body } : undefined;
    expect(await failureOf(asking({ fault }))).toMatchObject({
      code: 'rollouts-refused',
      fix: 'start vLLM with --trust-request-mm-kwargs',
    });
  });

  test.each<[string, object, string, string]>([
    [
      'LoRA is off',
      { message: 'LoRA is not enabled. Use --enable-lora to enable LoRA.' },
      'rollouts-lora',
      '--enable-lora',
    ],
    [
      'a rank above its own',
      { message: 'LoRA rank 32 is greater than max_lora_rank 16.' },
      'rollouts-adapter',
      '--max-lora-rank 32',
    ],
  ])('vLLM, %s: at once, with the flag', async (_, error, code, fix) => {
    const body = { error: { ...error, type: 'InternalServerError', param: null, code: 500 } };
    const fault = (path: string): Fault | undefined =>
      path === '/load_lora_adapter' ? { status: 500, body } : undefined;
    expect(await failureOf(asking({ fault }, [text], { patienceMs: 30_000 }))).toMatchObject({
      code,
      fix: expect.stringContaining(fix),
    });
  });

  test('vLLM, a folder that it does not see', async () => {
    const message = 'Loading lora x failed: No adapter found for /elsewhere/x';
    const body = { error: { message, type: 'NotFoundError', param: null, code: 404 } };
    const fault = (path: string): Fault | undefined =>
      path === '/load_lora_adapter' ? { status: 404, body } : undefined;
    const folderThere = '/elsewhere';
    expect(await failureOf(asking({ fault }, [text], { folderThere }))).toMatchObject({
      code: 'rollouts-adapter',
      facts: { path: expect.stringMatching(/^\/elsewhere\/videorft-1234-/) },
      fix: expect.stringContaining('rolloutServer.adaptersThere'),
    });
  });

  test('frames that the server drops: a video has fewer tokens then, and the error names the sample', async () => {
    const shown = prompts[1];
    const dropping = { prompt: (b: Parameters<VllmScript['prompt']>[0]) => script.prompt(b).slice(4) };
    expect(await failureOf(asking(dropping, [shown]))).toMatchObject({
      code: 'rollouts-prompt',
      facts: { sample: shown.id, frames: 4, pixels: '56 × 56' },
      fix: expect.stringContaining('--media-io-kwargs'),
    });
  });

  test('another temperature, a key that is wrong, a base model that is not there', async () => {
    await using server = await vllmServer(script);
    const { backend } = await connected(server);
    expect((await failureOf(backend.sample([text], { ...options, temperature: 0.7 }))).code).toBe(
      'rollouts-temperature',
    );
    expect(await failureOf(connected(server, { model: 'other' }))).toMatchObject({
      code: 'rollouts-model',
      facts: { models: 'base' },
    });
    const refused = asking({ fault: () => ({ status: 401, body: { error: 'Unauthorized' } }) });
    expect(await failureOf(refused)).toMatchObject({
      code: 'rollouts-refused',
      fix: expect.stringContaining('apiKeyEnv'),
    });
  });
});

describe('what is waited out', () => {
  /** The n-th chat requests go wrong so. */
  const first = (...faults: (Fault | undefined)[]) => ({
    fault: (path: string, n: number) => (path === '/chat/completions' ? faults[n] : undefined),
  });

  test('lost connections, busy servers, a late reload that answers with the old adapter, completions cut off', async () => {
    const old = (a: ChatAnswer) => ({ ...a, model: 'videorft-1234-old' });
    const cut = (a: ChatAnswer) => ({ ...a, choices: a.choices.map((c) => ({ ...c, finish_reason: 'abort' })) });
    const [completions] = await asking(first('drop', { status: 503 }, { status: 429 }, old, old, cut), [text], {
      patienceMs: 20_000,
    });
    expect(completions.map((c) => c.tokens)).toEqual([0, 1].map(script.tokens));
  });

  test('a lost answer to the loading: what was loaded is not loaded twice', async () => {
    let lost = false;
    await using server = await vllmServer({
      ...script,
      fault: (path, _, body: { lora_name: string; lora_path: string }) => {
        if (path !== '/load_lora_adapter' || lost) return undefined;
        lost = true;
        server.adapters.set(body.lora_name, body.lora_path);
        return 'drop';
      },
    });
    const { backend } = await connected(server, { patienceMs: 20_000 });
    expect(await backend.sample([text], options)).toHaveLength(1);
  });

  test('a server that was started anew between two requests is given the adapter again, once', async () => {
    await using server = await vllmServer(script);
    const { backend } = await connected(server, { patienceMs: 20_000 });
    await backend.sample([text], options);
    server.adapters.clear();
    expect(await backend.sample(prompts, options)).toHaveLength(4);
    expect(server.adapters.size).toBe(1);
    expect(server.requests.filter((r) => r.path === '/load_lora_adapter')).toHaveLength(2);
  });

  test('a server that stays away ends the sampling with the way on; being told to stop ends the waiting at once', async () => {
    expect(
      await failureOf(asking({ fault: (path) => (path === '/chat/completions' ? 'drop' : undefined) })),
    ).toMatchObject({
      code: 'rollouts-down',
      fix: expect.stringContaining('start the same command again'),
    });
    const stop = new AbortController();
    const fault = (path: string): Fault | undefined => {
      if (path !== '/chat/completions') return undefined;
      stop.abort();
      return 'drop';
    };
    const error = await failureOf(asking({ fault }, [text], { stop: stop.signal, patienceMs: 30_000 }));
    expect(error.code).toBe('aborted');
  });

  test('one prompt that fails ends the others', async () => {
    const shown = prompts[1];
    const fault = (path: string, _: number, body: { messages: object }): Fault | undefined => {
      if (path !== '/chat/completions') return undefined;
      return JSON.stringify(body.messages).includes('video') ? { status: 400 } : { status: 503 };
    };
    const failing = asking({ fault } as Partial<VllmScript>, [text, shown], { patienceMs: 30_000 });
    expect(await failureOf(failing)).toMatchObject({ code: 'rollouts-refused', facts: { sample: shown.id } });
  });
});
