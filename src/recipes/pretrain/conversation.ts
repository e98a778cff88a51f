// What the base model reads in pretraining: one clip, a few turns about it (a caption, short answers, now and then the thinking format,
// right or without its tags, so that the base follows that format some of the time). Targets are the assistant's turns.
import { createRng, hash32, type Rng } from '../../base/rng.ts';
import type { Message } from '../../prompt/messages.ts';
import { promptText } from '../../prompt/train.ts';
import { captionSentences, denseCaption } from '../../world/captions.ts';
import { askScene, type Question } from '../../world/questions/index.ts';
import type { Scene } from '../../world/scene.ts';

export interface Turn {
  readonly user: string;
  readonly assistant: string;
}

/** Shares of the kinds of turns. */
const THINK_SHARE = 0.12;
const DENSE_SHARE = 0.35;
const QUESTIONS = 3;

function captionTurn(scene: Scene, rng: Rng): Turn {
  const medium = scene.data_type;
  if (rng.next() < DENSE_SHARE) return { user: `Describe the ${medium} in detail.`, assistant: denseCaption(scene) };
  return { user: `Describe the ${medium}.`, assistant: captionSentences(scene).join(' ') };
}

const shown = (q: Question) => ({
  problem: q.problem,
  options: q.options ? [...q.options] : null,
  problem_type: q.problemType,
});

function questionTurn(scene: Scene, q: Question, rng: Rng): Turn {
  const answer = `<answer>${q.answer}</answer>`;
  if (rng.next() >= THINK_SHARE)
    return { user: promptText(shown(q), { mode: 'direct', profile: 'micro' }), assistant: answer };
  const user = promptText(shown(q), { mode: 'think', profile: 'micro' });
  const description = captionSentences(scene).join(' ');
  const tidy = rng.next() < 0.5;
  return { user, assistant: tidy ? `<think>${description}</think>\n${answer}` : `${description} ${q.answer}` };
}

/** The turns about a scene, the caption first half of the time. */
export function conversation(scene: Scene): Turn[] {
  const rng = createRng(hash32(`conversation/${scene.seed}`));
  const caption = captionTurn(scene, rng);
  const questions = askScene(scene, QUESTIONS).map((q) => questionTurn(scene, q, rng));
  const at = rng.next() < 0.5 ? 0 : rng.int(questions.length + 1);
  return [...questions.slice(0, at), caption, ...questions.slice(at)];
}

/** The first user message, with the clip's placeholder. */
export function openingMessage(scene: Scene, turn: Turn): Message {
  return { role: 'user', content: [{ type: scene.data_type }, { type: 'text', text: turn.user }] };
}
