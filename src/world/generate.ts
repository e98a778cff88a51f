// Seed → scene. The same seed and split give the same scene everywhere; a training scene contains no held-out composition, and the
// first composition of a held-out scene is held out. Leaves out: pixels (render.ts), questions (questions/), files (dataset.ts).
import { createRng, hash32, type Rng } from '../base/rng.ts';
import { drawDocumentImage, drawMathImage, drawScienceImage, type ImageParts } from './generate-image.ts';
import { type Area, wholePicture } from './motion.ts';
import { placeObjects } from './place.ts';
import { drawRecipe, drawWeighted } from './recipes.ts';
import { clipFrames, fps, type Scene, type Source, type Split, type VideoSource, type WorldText } from './scene.ts';
import { drawSignText, placeRow, rowHeight } from './signs.ts';
import { isHeldOut, tripleKey } from './splits.ts';

/** One scene in five is an image. */
const sourceWeights: Readonly<Record<Source, number>> = {
  'world-general': 0.16,
  'world-spatiotemporal': 0.16,
  'world-science': 0.22,
  'world-math': 0.12,
  'world-document': 0.14,
  'world-math-image': 0.08,
  'world-science-image': 0.07,
  'world-document-image': 0.05,
};

export interface SceneOptions {
  readonly seed: number;
  readonly split: Split;
  /** Default: drawn by the seed. */
  readonly source?: Source;
}

/** The seed of the i-th scene of a data set: different for the splits, so that no scene occurs in both. */
export const sceneSeed = (seed: number, split: Split, index: number): number => hash32(`${seed}/${split}/${index}`);

function signOf(rng: Rng, split: Split, hasObject: boolean): { text: WorldText; key: string; area: Area } {
  const { text, key } = drawSignText(rng, split);
  const top = rng.next() < 0.5;
  const row = hasObject ? (top ? 0 : 5) : rng.int(6);
  const from = rng.next() < 0.3 ? 8 : 0;
  const area = top
    ? { ...wholePicture, top: rowHeight + 2 }
    : { ...wholePicture, bottom: wholePicture.bottom - rowHeight - 2 };
  return { text: { ...placeRow(rng, text, row), from }, key, area };
}

function drawClip(rng: Rng, source: VideoSource, split: Split): ImageParts | undefined {
  const recipe = drawRecipe(rng, source);
  const sign = source === 'world-document' ? signOf(rng, split, recipe.length > 0) : undefined;
  const objects = placeObjects(rng, recipe, sign?.area ?? wholePicture, split, (combo, motion) =>
    tripleKey(combo.colour, combo.shape, motion),
  );
  if (!objects) return undefined;
  const keys = objects.map(({ colour, shape, motion }) => tripleKey(colour, shape, motion));
  return {
    figure: { type: 'clip' },
    objects,
    texts: sign ? [sign.text] : [],
    compositions: sign ? [sign.key, ...keys] : keys,
  };
}

function drawParts(rng: Rng, source: Source, split: Split): ImageParts | undefined {
  if (source === 'world-math-image') return drawMathImage(rng, split);
  if (source === 'world-science-image') return drawScienceImage(rng);
  if (source === 'world-document-image') return drawDocumentImage(rng, split);
  return drawClip(rng, source, split);
}

const fitsSplit = (keys: readonly string[], split: Split): boolean =>
  split === 'held-out' ? isHeldOut(keys[0]) : !keys.some(isHeldOut);

/** The scene of this seed. Draws again until everything fits; the number of draws is part of what the seed decides. */
export function generateScene({ seed, split, source }: SceneOptions): Scene {
  const rng = createRng(hash32(`world/${split}/${seed}`));
  const kind = source ?? drawWeighted(rng, sourceWeights);
  const isImage = kind.endsWith('-image');
  for (;;) {
    const parts = drawParts(rng, kind, split);
    if (!parts || !fitsSplit(parts.compositions, split)) continue;
    return {
      seed,
      split,
      data_type: isImage ? 'image' : 'video',
      source: kind,
      frames: isImage ? 1 : clipFrames,
      fps: isImage ? 0 : fps,
      background: rng.int(13) - 6,
      ...parts,
    };
  }
}
