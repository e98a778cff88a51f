// What the shipped models were pretrained on: training compositions only, recomputed over the very scenes of the stages' first steps.
import { expect, it } from 'vitest';
import { parseConfig } from '../../base/config.ts';
import { isHeldOut } from '../../world/index.ts';
import { pretrainConfig } from './config.ts';
import { SEEDS } from './index.ts';
import { SceneStream } from './scenes.ts';

it('pretraining meets no held-out composition', async () => {
  const { seed } = parseConfig(pretrainConfig, {});
  for (const stage of Object.values(SEEDS)) {
    const scenes = new SceneStream(seed * 1000 + stage, 0);
    for (let i = 0; i < 1500; i++) {
      const { scene } = await scenes.at(i);
      expect(scene.split).toBe('train');
      expect(scene.compositions.filter(isHeldOut)).toEqual([]);
    }
  }
});
