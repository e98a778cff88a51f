// Sequences that come and go between steps against the same sequences alone; and prompts that take over the beginning of another against
// whole ones; of a model run as whole graphs, and in pieces (qwen2_5_vl/layered.ts).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyModel, tinyPrompts } from '../../test/support/tiny-model.ts';
import { createRng, type Rng } from '../base/rng.ts';
import { Decoder, type DecodingSequence } from './decoder.ts';
import { Generator } from './generate.ts';
import { GenerationPrograms, type Inference } from './generation-programs.ts';
import type { Prepared, VideoLanguageModel } from './port.ts';
import { extend, type PromptState, prefill } from './prefill.ts';
import { drawToken, forbiddenMask, largest } from './sampling.ts';

interface Saying extends DecodingSequence {
  readonly tokens: number[];
  readonly logprobs: number[];
  readonly rng: Rng;
}

let model: VideoLanguageModel;
let inference: Inference;
let prompts: Prepared[];
let states: PromptState[];
const options = () => ({ greedy: false, topP: 1, topK: 0, forbidden: forbiddenMask(model.forbidden, model.vocabSize) });

function say(s: Saying, logprobs: Float32Array): void {
  const token = drawToken(logprobs, options(), s.rng);
  s.tokens.push(token);
  s.logprobs.push(logprobs[token]);
}

/** As the generator seeds the sample of a prompt. */
function begin(prompt: number, sample: number, maxTokens: number): Saying {
  const rng = createRng(3).fork(`${prompt}/${sample}`);
  const s: Saying = { prompt: states[prompt], tokens: [], logprobs: [], maxTokens, rng };
  say(s, s.prompt.logprobs);
  return s;
}

const hasEnded = (s: Saying) => s.tokens.at(-1) === model.endOfTurn || s.tokens.length >= s.maxTokens;

describe.each([
  ['as whole graphs', undefined],
  ['in pieces', 'f32'],
] as const)('%s', (_, layered) => {
  beforeAll(async () => {
    model = tinyModel({ layered });
    inference = { model, programs: new GenerationPrograms(model, { threads: 1 }), weights: model.weights };
    prompts = tinyPrompts(5).map((p) => model.prepare(p.messages, p.clip));
    // One after the other, in caches of unequal capacity, as they come to a server.
    states = [];
    for (const [i, p] of prompts.entries()) states.push(...(await prefill(inference, [p], i % 2 ? 192 : 128, 1)));
  });
  afterAll(() => inference.programs.dispose());

  describe('joining and leaving', () => {
    test('whoever comes and goes, a sequence says what it says alone', async () => {
      const alone = new Generator(model, { threads: 1 });
      const [maxTokens, samples] = [40, 4];
      const want = await alone.generate(prompts, model.weights, {
        numSamples: samples,
        maxTokens,
        temperature: 1,
        seed: 3,
      });
      await alone.dispose();

      const rng = createRng(8);
      const coming = rng.shuffle(prompts.flatMap((_, p) => Array.from({ length: samples }, (_, s) => [p, s] as const)));
      const decoder = new Decoder<Saying>(inference, 1);
      const said = new Map<string, Saying>();
      const sizes = new Set<number>();
      const given = new Set<Saying>();
      while (coming.length > 0 || decoder.size > 0) {
        for (let n = rng.int(4); n > 0 && coming.length > 0; n--) {
          const [p, s] = coming.pop() as readonly [number, number];
          const sequence = begin(p, s, maxTokens);
          said.set(`${p}/${s}`, sequence);
          if (!hasEnded(sequence)) decoder.join([sequence]);
          if (rng.next() < 0.2) given.add(sequence); // goes away in the middle
        }
        sizes.add(decoder.size);
        for (const { sequence, logprobs } of await decoder.step()) {
          say(sequence, logprobs);
          if (hasEnded(sequence) || (given.has(sequence) && sequence.tokens.length > 4)) decoder.leave(sequence);
        }
      }
      expect(sizes.size).toBeGreaterThan(6);
      expect(given.size).toBeGreaterThan(1);
      for (const [p, group] of want.entries()) {
        for (const [s, { tokens, logprobs }] of group.entries()) {
          const got = said.get(`${p}/${s}`) as Saying;
          expect(got.tokens, `prompt ${p} sample ${s}`).toEqual(tokens.slice(0, got.tokens.length));
          if (!given.has(got)) expect(got.tokens).toHaveLength(tokens.length);
          for (const [t, x] of got.logprobs.entries()) expect(Math.abs(x - logprobs[t])).toBeLessThan(1e-4);
        }
      }
    });

    test('a newcomer takes the place of one that left, without another seating', async () => {
      let created = 0;
      const counting = {
        ...inference,
        model: {
          ...model,
          get layers() {
            created++;
            return model.layers;
          },
        },
      };
      const decoder = new Decoder<Saying>(counting, 1);
      const [a, b] = [begin(0, 0, 64), begin(1, 0, 64)];
      decoder.join([a, b]);
      await decoder.step();
      const before = created;
      decoder.leave(a);
      const c = begin(2, 0, 64);
      decoder.join([c]);
      const next = await decoder.step();
      expect(new Set(next.map((n) => n.sequence))).toEqual(new Set([b, c]));
      expect(created).toBe(before);
    });

    test('nobody left: a step does nothing', async () => {
      const decoder = new Decoder<Saying>(inference, 1);
      expect(await decoder.step()).toEqual([]);
      const s = begin(0, 0, 8);
      decoder.join([s]);
      decoder.leave(s);
      expect([decoder.size, await decoder.step()]).toEqual([0, []]);
    });
  });

  describe('a prompt that begins like another', () => {
    /** The same clip and a longer question: what they share ends in the middle of the text. */
    const pair = () => {
      const [{ messages, clip }] = tinyPrompts(1);
      const [{ content }] = messages;
      if (typeof content === 'string') throw new Error('expected parts');
      const longer = [
        ...content.slice(0, -1),
        { type: 'text' as const, text: 'Which way does the blue circle move? A. left B. right' },
      ];
      return [model.prepare(messages, clip), model.prepare([{ role: 'user', content: longer }], clip)];
    };

    test('gets the distribution of a whole pass, and goes on like it', async () => {
      const [first, second] = pair();
      const shared = first.tokens.findIndex((token, i) => token !== second.tokens[i]);
      expect(shared).toBeGreaterThan(first.vision[0].start + 4);
      const [known] = await prefill(inference, [first], 128, 1);
      const [whole] = await prefill(inference, [second], 128, 1);
      const extended = await extend(
        inference,
        second,
        { state: known, length: shared },
        (n) => Math.ceil(n / 64) * 64,
        1,
      );
      expect([extended.length, extended.nextPosition]).toEqual([whole.length, whole.nextPosition]);
      for (const [i, x] of whole.logprobs.entries()) expect(Math.abs(extended.logprobs[i] - x)).toBeLessThan(1e-4);
      // The cache is the whole one's too: what follows is the same.
      const say8 = async (prompt: PromptState) => {
        const decoder = new Decoder<Saying>(inference, 1);
        const s: Saying = {
          prompt,
          tokens: [largest(prompt.logprobs, 1)[0]],
          logprobs: [],
          maxTokens: 8,
          rng: createRng(1),
        };
        decoder.join([s]);
        while (s.tokens.length < 8) for (const { logprobs } of await decoder.step()) say(s, logprobs);
        return s;
      };
      const [got, want] = [await say8(extended), await say8(whole)];
      expect(got.tokens).toEqual(want.tokens);
      for (const [t, x] of got.logprobs.entries()) expect(Math.abs(x - want.logprobs[t])).toBeLessThan(1e-4);
    });

    test('also where the video is in the rest', async () => {
      const [prompt] = pair();
      const [known] = await prefill(inference, [prompt], 128, 1);
      const from = prompt.vision[0].start - 1;
      const extended = await extend(inference, prompt, { state: known, length: from }, () => 192, 1);
      for (const [i, x] of known.logprobs.entries()) expect(Math.abs(extended.logprobs[i] - x)).toBeLessThan(1e-4);
    });
  });
});
