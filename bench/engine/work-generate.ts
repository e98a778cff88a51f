// (iii), our side: G completions for each prompt through the Generator, the end of turn forbidden so that all are of full length.
import type { SessionOptions } from '../../src/engine/index.ts';
import { Generator } from '../../src/models/generate.ts';
import { openModel } from './open.ts';
import type { GenerateReply, OpenGenerate } from './protocol.ts';

export interface GenerateWork {
  run(seed: number): Promise<GenerateReply>;
  close(): Promise<void>;
}

export async function openGenerate(
  { dir, threads, samples, tokens, topP }: OpenGenerate,
  session: SessionOptions = {},
): Promise<GenerateWork> {
  const { model, rows } = await openModel(dir);
  const endless = { ...model, forbidden: [...model.forbidden, model.endOfTurn] };
  const generator = new Generator(endless, { threads, ...session });
  const prompts = rows.map((r) => r.prompt);
  return {
    async run(seed) {
      const start = performance.now();
      let first: number | undefined;
      const onToken = () => {
        first ??= performance.now();
      };
      const options = { numSamples: samples, maxTokens: tokens, temperature: 1, topP, seed, onToken };
      const made = await generator.generate(prompts, model.weights, options);
      const end = performance.now();
      return {
        seconds: (end - start) / 1000,
        decodeSeconds: (end - (first ?? end)) / 1000,
        tokens: made.flat().reduce((n, g) => n + g.tokens.length, 0),
      };
    },
    close: () => generator.dispose(),
  };
}
