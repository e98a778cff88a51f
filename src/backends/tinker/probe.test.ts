// Finding out whether a server looks at pictures: the right number of positions is not enough.
import { expect, test } from 'vitest';
import { tinyCoder } from '../../../test/support/tinker-server/index.ts';
import { tinyPrompt, tinySample } from '../../../test/support/tiny-model.ts';
import { hash32 } from '../../base/rng.ts';
import type { RemoteModel } from './model.ts';
import { probeImages } from './probe.ts';
import { type PassInput, positionsOf } from './wire.ts';

/** A model whose answers for each datum are filled with what `value` says. */
const answering = (value: (datum: PassInput['data'][number]) => number) =>
  ({
    forward: async ({ data }: PassInput) =>
      data.map((d) => new Float32Array(positionsOf(d.model_input)).fill(value(d))),
  }) as unknown as RemoteModel;

test('a server that pads for pictures and does not look at them is found out by their negatives', async () => {
  const prompt = tinyPrompt(tinySample(0));
  await expect(
    probeImages(
      answering(() => -3),
      tinyCoder(),
      prompt,
    ),
  ).rejects.toMatchObject({
    code: 'tinker-images',
    facts: { logprob: -3, 'logprob of the negative': -3 },
  });
  const looking = answering(({ model_input }) => -hash32(JSON.stringify(model_input)));
  await expect(probeImages(looking, tinyCoder(), prompt)).resolves.toBeUndefined();
});
