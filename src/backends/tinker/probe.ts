// What a server does not say about itself, found by trying: what its losses are divided by, and whether it looks at pictures.
// Leaves out: using the findings (index.ts).
import { VideorftError } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import type { PromptCoder } from '../../models/prompt-coder.ts';
import type { Prompt } from '../port.ts';
import { completionOf, datumOf, imagesDropped, PromptEncoder } from './chunks.ts';
import type { TinkerClient } from './client.ts';
import type { Normalization } from './losses.ts';
import { type ModelSettings, RemoteModel } from './model.ts';

const still = { learningRate: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, maxGradNorm: 1e9 };

/** The gradient's norm of one short text, with the given weight and number of copies. */
async function norms(model: RemoteModel, coder: PromptCoder): Promise<number[]> {
  const prompt: Prompt = { id: 'probe', messages: [{ role: 'user', content: 'Which way?' }] };
  const encoded = await new PromptEncoder(coder).encode(prompt);
  const tokens = [...coder.tokenizer.encode('left'), coder.endOfTurn];
  const out: number[] = [];
  for (const [weight, copies] of [
    [1, 1],
    [2, 1],
    [1, 2],
  ]) {
    const datum = datumOf(encoded, tokens, { weights: tokens.map(() => weight) });
    await model.forwardBackward({ data: new Array(copies).fill(datum), loss_fn: 'cross_entropy' });
    out.push(await model.optimStep(still));
  }
  return out;
}

/** On a model of its own, which is unloaded again. Throws 'tinker-normalization' for a server that divides in a third way. */
export async function probeNormalization(
  client: TinkerClient,
  coder: PromptCoder,
  settings: ModelSettings,
): Promise<Normalization> {
  const model = await RemoteModel.create(client, settings);
  try {
    const [one, weighted, twice] = await norms(model, coder);
    if (Number.isNaN(one)) {
      log.warn('the server tells no gradient norms, so what it divides losses by is not known: sums are assumed');
      return 'sum';
    }
    const near = (x: number, y: number) => Math.abs(x / one - y) < 0.05;
    if (near(weighted, 2) && near(twice, 2)) return 'sum';
    if (near(weighted, 1) && near(twice, 1)) return 'mean';
    throw new VideorftError('the server divides losses in a way that is not known here', {
      code: 'tinker-normalization',
      facts: { once: one, 'twice the weight': weighted, 'two copies': twice },
      fix: 'set tinker.normalization to what its documentation says',
    });
  } finally {
    await model.unload();
  }
}

const negative = ({ clip, ...rest }: Prompt): Prompt => ({
  ...rest,
  clip: clip && {
    ...clip,
    frames: clip.frames.map((frame) => ({ ...frame, data: frame.data.map((v) => 255 - v) as typeof frame.data })),
  },
});

/** Throws 'tinker-images' where the server answers for fewer positions than it was sent, or the same for other pictures. */
export async function probeImages(model: RemoteModel, coder: PromptCoder, prompt: Prompt): Promise<void> {
  const encoder = new PromptEncoder(coder);
  const tokens = [coder.endOfTurn];
  const prompts = [prompt, negative(prompt)];
  const encoded = await Promise.all(prompts.map((p) => encoder.encode(p)));
  const data = encoded.map((e) => datumOf(e, tokens, { weights: [1] }));
  const rows = await model.forward({ data, loss_fn: 'cross_entropy' });
  const [shown, inverted] = rows.map((row, i) => completionOf(encoded[i], { prompt, tokens }, row)[0]);
  if (shown === inverted) throw imagesDropped(prompt, { logprob: shown, 'logprob of the negative': inverted });
}
