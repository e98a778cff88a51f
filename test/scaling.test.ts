// The cost model of bench/scaling: arithmetic against the real graphs and published sizes, units, limits (nothing to do, one GPU), and what
// docs/SCALING.md claims in words. Leaves out: the document itself (scaling-document.test.ts).
import { describe, expect, it } from 'vitest';
import { matmulFlops } from '../bench/engine/flops.ts';
import { clipGrid, modelConfig, readShapes } from '../bench/engine/shapes.ts';
import { so400m } from '../bench/rewards/prepare.ts';
import { checks, ratioOf } from '../bench/scaling/checks.ts';
import { constants, known } from '../bench/scaling/constants.ts';
import { curationCost, prices } from '../bench/scaling/curation.ts';
import { packedFlops, rewardSeconds } from '../bench/scaling/engine.ts';
import { gpus, rentOf, ringBandwidth } from '../bench/scaling/machines.ts';
import { diskBytes, tinkerBytes, trainingMemory } from '../bench/scaling/memory.ts';
import { jobOf, outcomeOf, plans, settingsOf, seven, video } from '../bench/scaling/plans.ts';
import { decodeSeconds, longest, measuredStepFlops, trainingRate, utilization } from '../bench/scaling/rates.ts';
import { generationSeconds, grpoParts, sftParts, sumOf } from '../bench/scaling/training.ts';
import {
  adapterParameters,
  cacheBytes,
  languageFlops,
  languageMatrices,
  parameters,
  picturesPrompt,
  promptTokens,
  qwen,
  siglipFlops,
  visionFlops,
} from '../bench/scaling/work.ts';
import type { ModelConfig } from '../src/models/qwen2_5_vl/config.ts';
import { logitsGraph } from '../src/models/qwen2_5_vl/graphs.ts';
import { parseSiglipConfig } from '../src/models/siglip/config.ts';
import { frameInput, imageTower, siglipShapes, textInput, textTower } from '../src/models/siglip/graph.ts';
import { graphWeights } from '../src/models/weights.ts';

const planned = (name: string) => outcomeOf(plans.find((plan) => plan.name === name) ?? expect.fail(name));
const settings = settingsOf({ batch: 1 });
const onH100 = (count: number) => jobOf({ cluster: { gpu: gpus.H100, count }, tuning: 'full' });

describe('work', () => {
  it('knows the published sizes: the index files of 3B and 7B name these bytes of bf16', () => {
    expect(2 * parameters(qwen('7B'))).toBe(16_584_333_312);
    expect(2 * parameters(qwen('3B'))).toBe(7_509_245_952);
    expect(cacheBytes(seven.text)).toBe(2 * 2 * 28 * 4 * 128);
    // q, k, v, o of 3584 and 512; gate, up, down of 18944
    expect(adapterParameters(seven.text, 16)).toBe(28 * 16 * (2 * 7168 + 2 * 4096 + 3 * 22528));
  });

  it('counts what the graph multiplies', () => {
    const sizes = readShapes().sizes;
    const grid = clipGrid(sizes['100M']);
    const [t, h, w] = grid;
    const tokens = (t * h * w) / 4 + 168;
    for (const config of [modelConfig(sizes['100M']), qwen('7B') as ModelConfig]) {
      const { logits } = logitsGraph(config, { batch: 1, tokens, grids: [grid] });
      const model = languageFlops(config.text, tokens) + visionFlops(config.vision, t * h * w, h * w);
      // The graph leaves out blocks of queries and keys above the diagonal, not every one.
      expect(model / matmulFlops([logits])).toBeGreaterThan(0.99);
      expect(model / matmulFlops([logits])).toBeLessThanOrEqual(1);
    }
  });

  it('counts the passes of SigLIP', () => {
    const config = parseSiglipConfig(so400m);
    const weights = graphWeights(siglipShapes(config));
    const { picture, text } = siglipFlops(config);
    const truth = matmulFlops([imageTower(frameInput(config, 1), weights, config)]);
    expect(picture / truth).toBeCloseTo(1, 1);
    expect(text / matmulFlops([textTower(textInput(config, 1), weights, config)])).toBeCloseTo(1, 1);
  });

  it('prompts follow the budgets of METHOD.md', () => {
    expect(video).toEqual({ patches: 8 * 480, patchesPerFrame: 480, visionTokens: 960, textTokens: known.promptText });
    expect(video.patchesPerFrame * 14 * 14).toBeLessThanOrEqual(105_369);
    expect(promptTokens(video)).toBe(1120);
    expect(languageFlops(seven.text, 1, { context: 10 })).toBe(2 * languageMatrices(seven.text) + 4 * 3584 * 28 * 10.5);
  });
});

describe('rates', () => {
  it('are shares of what the hardware has', () => {
    expect(utilization()).toBeGreaterThan(0.2);
    expect(utilization()).toBeLessThan(0.7);
    // The bench printed 177 GFLOP/s for a step of 10.13 s (LOG.md, 2026-11-26).
    expect(measuredStepFlops() / 10.13 / 177e9).toBeCloseTo(1, 1);
    expect(trainingRate(gpus.H100) / trainingRate(gpus.A100)).toBeCloseTo(989 / 312, 6);
  });

  it('of decoding are in seconds × pixels, of completions between mean and cap', () => {
    expect(decodeSeconds(4.38)).toBeCloseTo((4.38 * 0.5 * 409_920) / 2_073_600, 9);
    expect([longest(0, 400, 1024), longest(1, 400, 1024), longest(1e9, 400, 1024)]).toEqual([0, 400, 1024]);
    expect(longest(64, 400, 1024)).toBeCloseTo(400 * (1 + 0.25 * Math.log(64)), 9);
  });
});

describe('limits', () => {
  it('nothing to do takes nothing', () => {
    expect(sumOf(sftParts(onH100(8), 0, 16))).toBe(0);
    expect(sumOf(grpoParts(onH100(8), { ...settings, questions: 0 }))).toBe(0);
    expect(sumOf(diskBytes(seven, video, 0))).toBe(sumOf({ ...diskBytes(seven, video, 0), media: 0, frames: 0 }));
    expect(curationCost(0, 64).map(({ dollars, hours, bytes }) => dollars + hours + bytes)).toEqual([0, 0, 0]);
    expect(rentOf({ gpu: gpus.H100, count: 8 }, 3600)).toBeCloseTo(8 * 3.99, 9);
  });

  it('one GPU has no network, and eight of one machine no network card', () => {
    expect(sftParts(onH100(1), 1000, 16).network).toBe(0);
    expect(grpoParts(onH100(1), settings)).toMatchObject({ network: 0, 'weights to the sampler': 0 });
    expect(ringBandwidth({ gpu: gpus.H100, count: 8 })).toBe(450e9);
    expect(ringBandwidth({ gpu: gpus.H100, count: 9 })).toBe(50e9);
  });

  it('twice the samples take twice the time, twice the cards at most half of the arithmetic', () => {
    expect(sumOf(sftParts(onH100(8), 2000, 16))).toBeCloseTo(2 * sumOf(sftParts(onH100(8), 1000, 16)), 6);
    const update = (count: number) => grpoParts(onH100(count), settings).update;
    for (const count of [1, 2, 4, 8, 16, 32]) expect(update(2 * count)).toBeCloseTo(update(count) / 2, 9);
    expect(update(128)).toBe(update(64));
  });

  it('no part is faster than the hardware', () => {
    const job = onH100(1);
    const { update } = grpoParts(job, settings);
    expect(update).toBeGreaterThan((64 * 3 * 2 * 6.5e9 * 1536) / gpus.H100.flops);
    const steps = longest(64, known.completion, known.cap);
    const read = (steps * 2 * languageMatrices(seven.text)) / gpus.H100.bandwidth;
    expect(generationSeconds(job, settings, 64, 64)).toBeGreaterThan(read);
  });

  it('full training is shared over all cards, an adapter lies beside a whole model on each', () => {
    const model = (count: number, tuning: 'full' | 'lora') =>
      trainingMemory(seven, { gpu: gpus.H100, count }, tuning, video, known.completion, 4).model;
    expect(8 * model(8, 'full')).toBeCloseTo(model(1, 'full'), 3);
    expect(model(1, 'full')).toBe(16 * parameters(seven));
    expect(model(8, 'lora')).toBe(model(1, 'lora'));
  });
});

describe('what the document says in words', () => {
  it('about cards', () => {
    expect(planned('1 × H100').fits).toBe(false);
    expect(planned('1 × H100, LoRA').fits).toBe(true);
    const [eight, many] = [planned('8 × H100'), planned('64 × H100')];
    expect(eight.step.generation / sumOf(eight.step)).toBeGreaterThan(0.5);
    expect(many.hours.sft).toBeGreaterThan(eight.hours.sft);
    expect(many.sft.network).toBeGreaterThan(many.sft.compute);
    const fitting = plans.map(outcomeOf).filter(({ fits }) => fits);
    expect(Math.min(...fitting.map(({ dollars }) => dollars))).toBe(planned('1 × H100, LoRA').dollars);
  });

  it('about the reward on a CPU, pictures in a curation, disk', () => {
    const onCpu = rewardSeconds().filter(({ where }) => where.startsWith('CPU'));
    for (const { so400m: seconds } of onCpu) expect(seconds).toBeGreaterThan(sumOf(planned('1 × H100, LoRA').step));
    const [describe_, ...others] = curationCost(known.samples, 64);
    expect(describe_.dollars).toBeGreaterThan(9 * others.reduce((sum, { dollars }) => sum + dollars, 0));
    // Eight tiles of high detail, at $0.15 a million tokens, are the price of a thousand pictures that openrouter.ai names.
    const tile = (prices.describer.frameTokens - prices.describerLow.frameTokens) / 2;
    expect(((prices.describerLow.frameTokens + 8 * tile) * 1000 * 0.15) / 1e6).toBeCloseTo(7.225, 2);
    const { media, frames, embeddings } = diskBytes(seven, video, known.samples);
    expect(Math.min(frames, embeddings)).toBeGreaterThan(media);
  });

  it('frames as pictures are twice the tokens', () => {
    expect(picturesPrompt(seven).visionTokens).toBe(2 * video.visionTokens);
    expect(tinkerBytes(seven, video, 8, 8)).toBeGreaterThan(5e8);
  });

  it('a packed group computes its prompt once', () => {
    expect(packedFlops(seven)).toBeLessThan(known.questions * known.groupSize * languageFlops(seven.text, 1536));
  });
});

describe('against published timings', () => {
  it('three of others and one of ours, none of which a constant comes from', () => {
    expect(checks().filter(({ others }) => others)).toHaveLength(3);
    for (const { source } of Object.values(constants)) expect(source).not.toMatch(/EasyR1|Video-R1#41|150 to 166/);
  });

  it('an error is the distance to the nearer end', () => {
    const check = { ...checks()[0], published: [10, 20] as const };
    expect([5, 15, 40].map((model) => ratioOf({ ...check, model }))).toEqual([0.5, 1, 2]);
  });

  it('the engine at 3B is foretold from 100M within a tenth', () => {
    expect(ratioOf(checks()[3])).toBeGreaterThan(0.9);
    expect(ratioOf(checks()[3])).toBeLessThan(1.1);
  });
});
