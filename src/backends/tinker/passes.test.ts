// Log-probabilities asked for ahead of need: their failure is told by the gradient that needs them, and where none does, by nobody.
import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { tinyCoder } from '../../../test/support/tinker-server/index.ts';
import type { LossInput, Sequence } from '../port.ts';
import { PromptEncoder } from './chunks.ts';
import type { RemoteModel } from './model.ts';
import { Passes } from './passes.ts';

const batch: Sequence[] = ['a', 'b'].map((id) => ({
  prompt: { id, messages: [{ role: 'user', content: 'Which way?' }] },
  tokens: [70, 71],
}));
const rows = () => batch.map(() => new Float32Array(2).fill(-1));
const loss: LossInput = {
  ...{ kind: 'grpo', weights: rows(), oldLogprobs: rows(), refLogprobs: rows(), advantages: [1, -1] },
  ...{ clipLow: 0.2, clipHigh: 0.2, beta: 0.04 },
};

const refusing = { forward: () => Promise.reject(new Error('out of memory')) } as unknown as RemoteModel;
const passes = () => new Passes(new PromptEncoder(tinyCoder()), 'sum', 1);

test('the gradient that needs them fails with them, however long after', async () => {
  const asked = passes();
  asked.prepare(refusing, batch);
  for (let i = 0; i < 20; i++) await tick();
  await expect(asked.forwardBackward(refusing, batch, loss)).rejects.toThrow('out of memory');
});

test('after a step nobody needs them', async () => {
  const asked = passes();
  asked.prepare(refusing, batch);
  asked.stepped();
  for (let i = 0; i < 20; i++) await tick();
});

test('a prompt that cannot be sent is refused there as well', async () => {
  const clip = { frames: [], sampledFps: 1 } as unknown as Sequence['prompt']['clip'];
  const wrong = [{ prompt: { ...batch[0].prompt, clip }, tokens: [70, 71] }, batch[1]];
  const asked = passes();
  asked.prepare(refusing, wrong);
  for (let i = 0; i < 20; i++) await tick();
  await expect(asked.forwardBackward(refusing, wrong, loss)).rejects.toMatchObject({ code: 'prompt-media' });
});
