// Our side: a folder opened as `videorft chat` opens it, and a prompt of words with the tokens after it.
import { writeFile } from 'node:fs/promises';
import { Generator } from '../../src/models/generate.ts';
import { GenerationPrograms } from '../../src/models/generation-programs.ts';
import { loadVideoLanguageModel } from '../../src/models/load.ts';
import { prefill } from '../../src/models/prefill.ts';
import type { GenerateReply } from '../engine/protocol.ts';
import type { OpenedPass, OpenPass } from './protocol.ts';

export interface PassWork extends OpenedPass {
  run(): Promise<GenerateReply>;
  /** Log-probabilities of the token after the prompt, f32, as a file. */
  logprobs(file: string): Promise<void>;
  close(): Promise<void>;
}

export async function openPass({ dir, threads, tokens, made, dtype }: OpenPass): Promise<PassWork> {
  const start = performance.now();
  const model = await loadVideoLanguageModel(dir, { dtype });
  const seconds = (performance.now() - start) / 1000;
  const endless = { ...model, forbidden: [...model.forbidden, model.endOfTurn] };
  const generator = new Generator(endless, { threads });
  const n = tokens.length;
  const positions = Int32Array.from({ length: 3 * n }, (_, i) => i % n);
  const prompt = { tokens: Int32Array.from(tokens), positions, nextPosition: n, vision: [] };
  return {
    seconds,
    async run() {
      const start = performance.now();
      let first: number | undefined;
      const onToken = () => {
        first ??= performance.now();
      };
      const options = { numSamples: 1, maxTokens: made, temperature: 0, seed: 0, onToken };
      const [[{ tokens }]] = await generator.generate([prompt], model.weights, options);
      const end = performance.now();
      return {
        seconds: (end - start) / 1000,
        decodeSeconds: (end - (first ?? end)) / 1000,
        tokens: tokens.length,
      };
    },
    async logprobs(file) {
      const programs = new GenerationPrograms(model, { threads });
      const [state] = await prefill({ model, programs, weights: model.weights }, [prompt], n, 1);
      await writeFile(file, state.logprobs);
      await programs.dispose();
    },
    close: () => generator.dispose(),
  };
}
