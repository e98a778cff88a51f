// How the model's parts are called: in published checkpoints, in the modules of newer transformers, and by the tower they belong to.
import type { ModuleNames } from '../lora/files.ts';
import type { Towers } from '../lora/settings.ts';

/** A weight's published name; newer transformers may name it after the modules that hold it (`save_original_format=False`). */
export const publishedName = (stored: string): string =>
  stored.replace(/^model\.language_model\./, 'model.').replace(/^model\.visual\./, 'visual.');

/** The inverse: where a module lies in transformers from 4.52 on. */
const currentName = (published: string): string =>
  published.replace(/^model\./, 'model.language_model.').replace(/^visual\./, 'model.visual.');

export const moduleNames: ModuleNames = { published: publishedName, current: currentName };

export const towers: Towers = {
  towerOf: (module) => (module.startsWith('visual.') ? 'vision' : 'language'),
  patterns: {
    language: String.raw`(?:model\.)?(?:language_model\.)?layers\.`,
    vision: String.raw`(?:model\.)?visual\.`,
  },
};
