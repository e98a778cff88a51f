// Stage 1: looking an option up. Short rows without a clip: options with their letters, then some of the options again, each with its
// letter, the letters alone being targets; and, among later stages' batches, a question said again. Long rows with one letter each teach
// a small model nothing of this (LOG.md).
import type { Rng } from '../../base/rng.ts';
import type { Tokenizer } from '../../models/tokenizer/load.ts';
import { generateScene, sceneSeed } from '../../world/generate.ts';
import { allQuestions } from '../../world/questions/index.ts';
import { colours, directions, shapes, sides } from '../../world/vocab.ts';
import { lookup } from './conversation.ts';
import { type Model, RowWriter, type WeightedRow } from './rows.ts';

const LETTERS = 'ABCD';
const QUERIES = 7;
const SCENES = 1500;
/** A repeated option can be copied from its first occurrence; the first one needs the list, and counts more. */
const FIRST_WEIGHT = 2;
/** Steps over which complications become as frequent as they will be. */
const RAMP = 500;
const COMPLICATED = 0.7;

/** An exercise: a question and its options without letters. */
export interface Exercise {
  readonly problem: string;
  readonly options: readonly string[];
}

/** Lists of options of real questions about training scenes. */
export function collectExercises(seed: number): Exercise[] {
  const scenes = Array.from({ length: SCENES }, (_, i) =>
    generateScene({ seed: sceneSeed(seed, 'train', i), split: 'train' }),
  );
  return scenes.flatMap((scene) =>
    allQuestions(scene).flatMap(({ problem, options = [] }) =>
      options.length > 2 ? [{ problem, options: options.map((o) => o.slice(3)) }] : [],
    ),
  );
}

const WORDS = [...new Set([...colours, ...shapes, ...directions, ...sides])];
const words = (rng: Rng): Exercise => ({ problem: '', options: rng.shuffle([...WORDS]).slice(0, LETTERS.length) });

/** A question and its options in the chat's frame. */
const askedInChat = (model: Model, problem: string, list: string) =>
  model.prepare([{ role: 'user', content: `${problem}\n${list}\nThink step by step.` }], undefined);

/** One row. Single words at first; phrases, tags around the letter, and the chat's frame become frequent with `step`. */
export function lookupRow(
  model: Model,
  tokenizer: Tokenizer,
  exercises: readonly Exercise[],
  rng: Rng,
  step: number,
): WeightedRow {
  const complicated = () => rng.next() < COMPLICATED * Math.min(1, step / RAMP);
  const { problem, options } = complicated() ? rng.pick(exercises) : words(rng);
  const order = rng.shuffle([...options]);
  const list = order.map((option, i) => `${LETTERS[i]}. ${option}`).join(' ');
  const prompt = complicated() ? askedInChat(model, problem, list) : textPrompt(tokenizer.encode(`${list}\n`));
  const tagged = complicated();
  const writer = new RowWriter(tokenizer);
  const met = new Set<number>();
  for (let q = 0; q < QUERIES; q++) {
    const i = rng.int(order.length);
    const weight = met.has(i) ? 1 : FIRST_WEIGHT;
    const probe = met.has(i) ? 'repeated' : 'first';
    if (tagged) for (const piece of lookup(` ${order[i]}`, LETTERS[i], { weight, probe })) writer.piece(piece);
    else {
      writer.piece({ text: ` ${order[i]}`, weight: 0 });
      writer.piece({ text: LETTERS[i], weight, probe });
    }
    met.add(i);
  }
  return writer.row(prompt);
}

/** The question of a prompt said again, word by word: what restating it in a thought is practised on. */
export function copyRow(model: Model, tokenizer: Tokenizer, exercises: readonly Exercise[], rng: Rng): WeightedRow {
  const { problem, options } = rng.pick(exercises);
  const list = rng.shuffle([...options]).map((option, i) => `${LETTERS[i]}. ${option}`);
  const prompt = askedInChat(model, problem, list.join('\n'));
  const writer = new RowWriter(tokenizer);
  writer.piece({ text: '<think>The question asks', weight: 0 });
  const words = problem.split(' ');
  words.forEach((word, i) => {
    writer.piece({ text: ` ${word}`, weight: 1, ...(i === words.length >> 1 ? { probe: 'copied' } : {}) });
  });
  return writer.row(prompt);
}

function textPrompt(ids: readonly number[]) {
  const positions = Int32Array.from({ length: 3 * ids.length }, (_, i) => i % ids.length);
  return { tokens: Int32Array.from(ids), positions, nextPosition: ids.length, vision: [] };
}
