// The words of a cell against the scene that was drawn: colours and shapes of what is seen, the direction of what moves, the letters of
// signs; and each word's token says that word.
import { expect, test } from 'vitest';
import { loadTokenizer } from '../../models/tokenizer/load.ts';
import { generateScene, sceneSeed } from '../../world/generate.ts';
import { cellCount, denseLabels } from '../../world/labels.ts';
import { directions } from '../../world/vocab.ts';
import { microBase } from '../shipped.ts';
import { cellWords, wordTokens, wordTruth } from './cell-words.ts';

const scenes = Array.from({ length: 150 }, (_, i) =>
  generateScene({ seed: sceneSeed(77, 'train', i), split: 'train' }),
);

/** Words of each cell, [T·9]. */
function wordsOf(scene: (typeof scenes)[number]): string[][] {
  const truth = wordTruth(denseLabels(scene), scene.data_type === 'video');
  return Array.from({ length: truth.length / cellWords.length }, (_, cell) =>
    cellWords.filter((_, w) => truth[cell * cellWords.length + w] === 1),
  );
}

test('each word has a token of its own, which says it', async () => {
  const tokenizer = await loadTokenizer(microBase);
  const tokens = wordTokens(tokenizer);
  expect(new Set(tokens).size).toBe(cellWords.length);
  expect(tokens.map((t) => tokenizer.decode([t]).trim())).toEqual(cellWords);
});

test('an object that moves all the time: its colour, shape and direction, and no other direction, wherever it is seen', () => {
  let checked = 0;
  for (const scene of scenes) {
    if (scene.objects.length !== 1 || scene.objects[0].motion.kind !== 'moves') continue;
    const [{ colour, shape, motion }] = scene.objects;
    const cells = wordsOf(scene);
    for (let pair = 0; pair < cells.length / cellCount; pair++) {
      const here = cells.slice(pair * cellCount, (pair + 1) * cellCount);
      const moving = here.filter((words) => directions.some((d) => words.includes(d)));
      expect(moving).toEqual(here.filter((words) => words.includes(shape)));
      expect(moving.length).toBeGreaterThan(0);
      for (const words of moving) {
        expect(words).toEqual(expect.arrayContaining([colour, shape, motion.direction]));
        expect(directions.filter((d) => words.includes(d))).toEqual([motion.direction]);
        checked++;
      }
    }
  }
  expect(checked).toBeGreaterThan(10);
});

test('what grows says so, what is still says so; pictures say nothing about motion', () => {
  const seen = new Set<string>();
  for (const scene of scenes) {
    const words = wordsOf(scene).flat();
    if (scene.data_type === 'image') expect(words.filter((w) => ['still', 'left', 'grows'].includes(w))).toEqual([]);
    if (scene.objects.length !== 1 || scene.data_type === 'image') continue;
    const { kind } = scene.objects[0].motion;
    if (kind !== 'still' && kind !== 'grows' && kind !== 'shrinks') continue;
    expect(words).toContain(kind);
    seen.add(kind);
  }
  expect(seen.size).toBeGreaterThan(1);
});

test('a sign: its letters and no others', () => {
  let signs = 0;
  for (const scene of scenes) {
    if (scene.texts.length === 0) continue;
    const said = [...new Set(scene.texts.flatMap(({ text }) => [...text.replace(/\s/g, '')]))].sort();
    const letters = [
      ...new Set(
        wordsOf(scene)
          .flat()
          .filter((w) => w.length === 1),
      ),
    ].sort();
    expect(letters).toEqual(said);
    signs++;
  }
  expect(signs).toBeGreaterThan(10);
});
