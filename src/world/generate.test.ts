// Scenes: the same seed gives the same pixels; compositions of the splits never mix; tracks do what the motion says.
import { describe, expect, it } from 'vitest';
import { sha256 } from '../base/hash.ts';
import { generateScene, sceneSeed } from './generate.ts';
import { renderScene } from './render.ts';
import { type Scene, type Split, size, type WorldObject } from './scene.ts';
import { overlaps } from './shapes.ts';
import { signWords } from './vocab.ts';

const scenesOf = (split: Split, count: number, seed = 5): Scene[] =>
  Array.from({ length: count }, (_, index) => generateScene({ seed: sceneSeed(seed, split, index), split }));
const training = scenesOf('train', 2500);
const heldOut = scenesOf('held-out', 1500);
const clipObjects = [...training, ...heldOut].filter((s) => s.data_type === 'video').flatMap((s) => s.objects);

/** What a scene combines, told from its contents alone, in words of this test's own. */
function combinations({ figure, objects, texts, data_type }: Scene): string[] {
  const found = objects.map(({ colour, shape, motion }) => {
    const way = ['hits', 'hides', 'still', 'grows', 'shrinks'].includes(motion.kind) ? '' : motion.direction;
    return data_type === 'video' ? `${colour}/${shape}/${motion.kind}/${way}` : `${colour}/${shape}/image`;
  });
  if (figure.type === 'balance') return [objects.map(({ colour }) => colour).join() + figure.heavier];
  if (figure.type === 'bars') {
    const top = figure.bars.toSorted((a, b) => b.height - a.height)[0];
    return [`bar/${top.colour}/${figure.bars.indexOf(top)}`];
  }
  if (figure.type === 'glass') return [`glass/${figure.colour}/${figure.level}`];
  return [...found, ...texts.map(({ text }) => `text/${text}`)];
}

describe('determinism', () => {
  it('draws the same pixels for the same seed, and others for another seed or split', () => {
    const pixels = (seed: number, split: Split) => {
      const frames = renderScene(generateScene({ seed, split, source: 'world-general' }));
      return sha256(Buffer.concat(frames.map(({ data }) => data)));
    };
    expect(pixels(1, 'train')).toBe(pixels(1, 'train'));
    expect(pixels(1, 'train')).not.toBe(pixels(2, 'train'));
    expect(pixels(1, 'train')).not.toBe(pixels(1, 'held-out'));
  });
});

describe('splits', () => {
  const inTraining = new Set(training.flatMap(combinations));
  it('gives every held-out scene a combination that no training scene has', () => {
    const covered = heldOut.filter((scene) => combinations(scene).every((key) => inTraining.has(key)));
    expect(covered).toEqual([]);
  });
  it('holds out words whose letters all occur in training words', () => {
    const seen = (scenes: Scene[]) => new Set(scenes.flatMap((s) => s.texts.map(({ text }) => text)));
    const [known, held] = [seen(training), seen(heldOut)].map((texts) => signWords.filter((word) => texts.has(word)));
    expect(known.length).toBeGreaterThan(20);
    expect(held.length).toBeGreaterThan(4);
    expect(held.filter((word) => known.includes(word))).toEqual([]);
    expect([...held.join('')].filter((letter) => !known.join('').includes(letter))).toEqual([]);
  });
  it('has every motion of every direction in both splits, and one image in five', () => {
    for (const scenes of [training, heldOut]) {
      const motions = new Set(scenes.flatMap((s) => s.objects.map(({ motion: m }) => `${m.kind} ${m.direction}`)));
      expect(motions.size).toBe(3 + 6 * 4);
      const images = scenes.filter((s) => s.data_type === 'image').length / scenes.length;
      expect(Math.abs(images - 0.2)).toBeLessThan(0.04);
    }
  });
});

const placed = (object: WorldObject, frame: number) => ({
  shape: object.shape,
  radius: object.track.radius[frame],
  x: object.track.x[frame],
  y: object.track.y[frame],
});

describe('tracks', () => {
  it('move at the stated speed in the stated direction, and only in it', () => {
    for (const { motion, track, speed, startFrame, stopFrame } of clipObjects.filter(({ speed }) => speed > 0)) {
      const [x, y] = [track.x, track.y].map((axis) => axis[stopFrame - 1] - axis[startFrame]);
      const measured = Math.hypot(x, y) / size / ((stopFrame - 1 - startFrame) / 8);
      expect(measured).toBeCloseTo(speed, 6);
      const direction = Math.abs(x) > Math.abs(y) ? (x < 0 ? 'left' : 'right') : y < 0 ? 'up' : 'down';
      expect(direction).toBe(motion.direction);
      expect(speed).toBeGreaterThanOrEqual(0.1);
      expect(speed).toBeLessThanOrEqual(0.3);
    }
  });
  it('are inside at the end unless they leave, and at the start unless they enter', () => {
    const inside = ({ track }: WorldObject, frame: number) =>
      [track.x[frame], track.y[frame]].every((v) => v - track.radius[frame] >= 0 && v + track.radius[frame] <= size);
    for (const object of clipObjects) {
      expect(inside(object, 0)).toBe(object.motion.kind !== 'enters');
      expect(inside(object, 31)).toBe(object.motion.kind !== 'leaves');
      if (object.motion.kind === 'leaves') expect(object.track.visible[31]).toBe(0);
    }
  });
  it('never overlap by accident; hitting ends in contact and hiding out of sight', () => {
    const clips = training.filter((s) => s.data_type === 'video').slice(0, 500);
    for (const { objects } of clips) {
      for (const [i, a] of objects.entries()) {
        for (const b of objects.slice(i + 1)) {
          const hidden = a.motion.kind === 'hides' && objects[a.target ?? -1] === b;
          if (!hidden)
            expect([0, 10, 20, 31].some((frame) => overlaps(placed(a, frame), placed(b, frame)))).toBe(false);
        }
        const target = objects[a.target ?? -1];
        if (a.motion.kind === 'hides') expect(a.track.visible[31]).toBe(0);
        if (!target || a.motion.kind !== 'hits') continue;
        const [dx, dy] = [target.track.x[31] - a.track.x[31], target.track.y[31] - a.track.y[31]];
        const closer = { ...placed(a, 31), x: a.track.x[31] + Math.sign(dx), y: a.track.y[31] + Math.sign(dy) };
        expect(overlaps(closer, placed(target, 31))).toBe(true);
      }
    }
  });
});
