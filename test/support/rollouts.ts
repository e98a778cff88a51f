// For tests of rollouts on a server of vLLM's answers: the tiny model with an adapter as the trainer, and a server that reads prompts as it does.
import { EmbeddedBackend } from '../../src/backends/embedded/index.ts';
import { RolloutBackend } from '../../src/backends/rollouts/index.ts';
import { RolloutServer, type RolloutServerOptions } from '../../src/backends/rollouts/server.ts';
import { tinyModel, tinyPrompts, tinyTokenizer } from './tiny-model.ts';
import { adapterFolder, tinyLora } from './tiny-served.ts';
import { type VllmScript, type VllmServer, vllmServer } from './vllm-server.ts';

export const prompts = tinyPrompts(4);
/** Without media. */
export const text = prompts[2];
export const options = { numSamples: 2, maxTokens: 8, temperature: 1, seed: 1 };
export const END = tinyTokenizer().idOf('<|im_end|>');
export const trainer = new EmbeddedBackend(tinyModel({ lora: tinyLora }), { threads: 1 });

type Part = { readonly type: string; readonly text?: string };
/** What a conversation is but for its pixels. */
export const wordsOf = (messages: readonly { readonly content: string | readonly Part[] }[]): string =>
  messages
    .flatMap(({ content }) =>
      typeof content === 'string' ? content : content.map((p) => p.text ?? p.type.slice(0, 5)),
    )
    .join(' ');

export const script: VllmScript = {
  prompt: ({ messages }) => {
    const asked = prompts.find((p) => wordsOf(p.messages) === wordsOf(messages));
    if (!asked) throw new Error(`nobody asks ${wordsOf(messages)}`);
    return [...trainer.promptTokens(asked)];
  },
  tokens: (i) => [70 + i, 71, END],
};

export async function connected(server: VllmServer, more: Partial<RolloutServerOptions> = {}) {
  const folder = adapterFolder();
  const rollouts = await RolloutServer.connect({
    url: server.url,
    folder,
    folderThere: folder,
    prefix: 'videorft-1234-',
    patienceMs: 400,
    retryMs: 5,
    timeoutMs: 2000,
    ...more,
  });
  return { backend: new RolloutBackend(trainer, rollouts), folder, rollouts };
}

/** Asks a server of this script once. */
export async function asking(
  more: Partial<VllmScript>,
  asked = [text],
  connection: Partial<RolloutServerOptions> = {},
) {
  await using server = await vllmServer({ ...script, ...more });
  const { backend } = await connected(server, connection);
  return await backend.sample(asked, options);
}
