// Questions about a scene → rows of a data file (data/sample.ts), with the extra fields kind and split.
import type { Sample } from '../data/sample.ts';
import type { Question } from './questions/index.ts';
import type { Scene, Split } from './scene.ts';

export type WorldRow = Sample & { readonly kind: string; readonly split: Split };

/** "clips/000123.mp4", "images/heldout-000124.png": where the index-th scene of its split lies, relative to the media root. */
export function mediaPath(scene: Pick<Scene, 'data_type' | 'split'>, index: number): string {
  const name = `${scene.split === 'held-out' ? 'heldout-' : ''}${String(index).padStart(6, '0')}`;
  return scene.data_type === 'image' ? `images/${name}.png` : `clips/${name}.mp4`;
}

/** One row. The id is stable: split, index and kind decide it. */
export function toRow(scene: Scene, index: number, question: Question): WorldRow {
  const { kind, skill, problem, problemType, options, answer } = question;
  return {
    problem_id: `${scene.split}-${String(index).padStart(6, '0')}-${kind}`,
    problem,
    data_type: scene.data_type,
    problem_type: problemType,
    options: options ? [...options] : [],
    solution: `<answer>${answer}</answer>`,
    path: mediaPath(scene, index),
    data_source: scene.source,
    skill,
    kind,
    split: scene.split,
  };
}
