// The semantic reward with the shipped SigLIP: over held-out clips and correct completions about them it must fall when the colours
// are negated (the mistake of the released code) and when the video is another one, and it must not saturate.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../src/base/config.ts';
import type { Sample } from '../src/data/sample.ts';
import type { Clip, Frame } from '../src/media/frame.ts';
import { loadEmbedder } from '../src/models/index.ts';
import { speedrunConfig } from '../src/recipes/speedrun/index.ts';
import { accuracyInterval } from '../src/report/index.ts';
import { createRewardScorer, rewardStatistics } from '../src/rewards/index.ts';
import {
  askScene,
  captionSentences,
  generateScene,
  renderScene,
  sampledFrames,
  sceneSeed,
  toRow,
} from '../src/world/index.ts';

const COUNT = 220;
/** The scale that the speedrun trains with. */
const { w } = parseConfig(speedrunConfig, {}).grpo;
const siglip = join(import.meta.dirname, '../assets/micro-siglip');

const clipOf = (frames: readonly Frame[]): Clip => ({
  frames,
  sampledFps: frames.length / 4,
  sourceFps: 8,
  sourceFrames: 32,
  durationSeconds: 4,
  indices: frames.map((_, i) => i),
});
const negate = (frame: Frame): Frame => ({ ...frame, data: frame.data.map((x) => (256 - x) & 255) });

/** Held-out clips with objects, and a completion about each that restates, describes and answers correctly. */
function cases(): { sample: Sample; clip: Clip; text: string }[] {
  const out = [];
  for (let i = 0; out.length < COUNT; i++) {
    const scene = generateScene({ seed: sceneSeed(99, 'held-out', i), split: 'held-out' });
    if (scene.data_type === 'image' || scene.objects.length === 0) continue;
    const [question] = askScene(scene, 1);
    const sample = { ...toRow(scene, i, question), path: `clip-${i}` };
    const think = `The question asks something. ${captionSentences(scene).join(' ')}`;
    const text = `<think>${think}</think>\n${sample.solution}`;
    out.push({ sample, clip: clipOf(renderScene(scene, sampledFrames(scene.frames))), text });
  }
  return out;
}

it('falls under colour negation and under a swapped video, and does not saturate', async () => {
  const embedder = await loadEmbedder(siglip);
  const all = cases();
  const measure = async (variant: string, clipFor: (i: number) => Clip) => {
    const scorer = createRewardScorer(embedder, { w });
    const groups = all.map(({ sample, text }, i) => ({
      sample: { ...sample, path: `${variant}/${sample.path}` },
      completions_G: [{ text }],
      clip: clipFor(i),
    }));
    const results = await scorer.scoreBatch(groups);
    return results.map((r) => {
      if (!r.ok) throw r.error;
      expect(r.scores_G[0].accuracy).toBe(1);
      return r.scores_G[0].semantic as number;
    });
  };
  const real = await measure('real', (i) => all[i].clip);
  const negated = await measure('negated', (i) => clipOf(all[i].clip.frames.map(negate)));
  const swapped = await measure('swapped', (i) => all[(i + 1) % COUNT].clip);
  const drop = (other: number[]) => accuracyInterval(real.map((r, i) => ({ cluster: String(i), value: r - other[i] })));
  expect(drop(negated).low).toBeGreaterThan(0);
  expect(drop(swapped).low).toBeGreaterThan(0);
  expect(rewardStatistics(real).saturation).toBeLessThan(0.5);
  await embedder.close();
});
