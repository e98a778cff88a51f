// What the base model reads in pretraining: one clip, a few turns about it (a caption, short answers, now and then the thinking format,
// right or without its tags, so that the base follows that format some of the time). Targets are the assistant's turns.
import { createRng, hash32, type Rng } from '../../base/rng.ts';
import type { Message } from '../../prompt/messages.ts';
import { promptText } from '../../prompt/train.ts';
import { captionSentences, denseCaption, firstVisible, placeName } from '../../world/captions.ts';
import { allQuestions, askScene, type Question } from '../../world/questions/index.ts';
import { nameOf, type Scene, type WorldObject } from '../../world/scene.ts';

/** A part of an assistant's turn and how much each of its tokens counts in the loss. */
export interface Piece {
  readonly text: string;
  readonly weight: number;
  /** Logged under this name: the mean probability of the piece's first token. */
  readonly probe?: string;
}

export interface Turn {
  readonly user: string;
  readonly assistant: readonly Piece[];
}

/** Shares of the kinds of turns. */
const DENSE_SHARE = 0.35;
const THINK_SHARE = 0.35;
const TIDY_SHARE = 0.5;
const WORDS_SHARE = 0.15;
const LETTERS_SHARE = 0.3;
const QUESTIONS = 3;
const INTERVIEW = 14;

/** Short answers have few tokens beside captions; theirs count this much more. */
const ANSWER_WEIGHT = 3;

const said = (text: string, weight = 1): Piece => ({ text, weight });
const answered = (text: string, probe: string): Piece => ({ text, weight: ANSWER_WEIGHT, probe });

/** `left.<answer>B</answer>`, the letter alone a target: what looking an option up is practised on. */
export const lookup = (words: string, letter: string, { weight = 1, probe = 'letters' } = {}): Piece[] => [
  said(`${words}.<answer>`, 0),
  { text: letter, weight, probe },
  said('</answer>', 0),
];

function captionTurn(scene: Scene, rng: Rng): Turn {
  const medium = scene.data_type;
  if (rng.next() < DENSE_SHARE)
    return { user: `Describe the ${medium} in detail.`, assistant: [said(denseCaption(scene))] };
  return { user: `Describe the ${medium}.`, assistant: [said(captionSentences(scene).join(' '))] };
}

const shown = (q: Question) => ({
  problem: q.problem,
  options: q.options ? [...q.options] : null,
  problem_type: q.problemType,
});

const prompt = (q: Question, mode: 'think' | 'direct') => promptText(shown(q), { mode, profile: 'micro' });

/** A description, the answer in words, the answer; or all that without its tags. */
function thinkTurn(scene: Scene, q: Question, rng: Rng): Turn {
  const thought = `${captionSentences(scene).join(' ')} The answer is ${q.answerText.replace(/\.$/, '')}.`;
  const assistant =
    rng.next() < TIDY_SHARE
      ? [said(`<think>${thought}</think>\n<answer>`), answered(q.answer, 'thought'), said('</answer>')]
      : [said(`${thought} `), answered(q.answer, 'untidy')];
  return { user: prompt(q, 'think'), assistant };
}

const wordsTurn = (q: Question): Turn => ({
  user: `${q.problem}\nAnswer in words.`,
  assistant: [answered(q.answerText, 'words')],
});

function questionTurns(scene: Scene, q: Question, rng: Rng): Turn[] {
  if (rng.next() < THINK_SHARE) return [thinkTurn(scene, q, rng)];
  if (q.options && rng.next() < WORDS_SHARE) return [wordsTurn(q)];
  const assistant = [said('<answer>'), answered(q.answer, q.options ? 'choice' : 'direct'), said('</answer>')];
  const turns = [{ user: prompt(q, 'direct'), assistant }];
  if (q.options && rng.next() < LETTERS_SHARE) {
    const pieces = rng.shuffle([...q.options]).flatMap((option) => lookup(` ${option.slice(3)}`, option[0]));
    turns.push({ user: 'Say each option and its letter.', assistant: pieces });
  }
  return turns;
}

/** The turns about a scene, the caption first half of the time. */
export function conversation(scene: Scene): Turn[] {
  const rng = createRng(hash32(`conversation/${scene.seed}`));
  const caption = captionTurn(scene, rng);
  const questions = askScene(scene, QUESTIONS).map((q) => questionTurns(scene, q, rng));
  const at = rng.next() < 0.5 ? 0 : rng.int(questions.length + 1);
  return [...questions.slice(0, at).flat(), caption, ...questions.slice(at).flat()];
}

/** " the red circle" is probed at the colour: the article tells nothing. */
function answeredInSentence({ answerText, kind }: Question): Piece[] {
  const [, article, rest] = /^(the |it )?(.*)$/.exec(answerText) as RegExpExecArray;
  return [
    ...(article ? [said(` ${article.trimEnd()}`)] : []),
    { text: ` ${rest}`, weight: ANSWER_WEIGHT, probe: kind },
  ];
}

/**
 * Every question about a scene that has a short answer, one after the other in a single turn, in words, the answers alone being targets;
 * then the description. The densest look at a clip: ten answers in about as many tokens as two questions with options.
 */
export function interview(scene: Scene): Turn[] {
  const rng = createRng(hash32(`interview/${scene.seed}`));
  const short = allQuestions(scene).filter(({ problemType }) => problemType !== 'free-form');
  const asked = rng.shuffle(short).slice(0, INTERVIEW);
  const turn = {
    user: `Answer questions about the ${scene.data_type}.`,
    assistant: asked.flatMap((q) => [said(` ${q.problem}`, 0), ...answeredInSentence(q), said('.', 0)]),
  };
  return asked.length > 0 ? [turn, captionTurn(scene, rng)] : conversation(scene);
}

/** One thing asked and what is said of it, in two or three words. */
const called = (asked: string, words: string, probe: string): Piece[] => [
  said(` ${asked}`, 0),
  { text: ` ${words}`, weight: 1, probe },
];

/** " red circle left", " circle red", " purple square": every object by its name, its shape or its colour, with what that leaves open. */
export function rollCall(scene: Scene): Turn[] {
  const rng = createRng(hash32(`roll call/${scene.seed}`));
  const alone = (key: 'colour' | 'shape', object: WorldObject) =>
    scene.objects.filter((other) => other[key] === object[key]).length === 1;
  const calls = scene.objects.flatMap((object) => {
    const { colour, shape, motion, track } = object;
    const first = firstVisible(object);
    return [
      ...(scene.data_type === 'video' ? [called(nameOf(object), motion.direction ?? motion.kind, 'motion')] : []),
      called(`${nameOf(object)} is`, placeName(track.x[first], track.y[first]), 'place'),
      ...(alone('shape', object) ? [called(shape, colour, 'colour')] : []),
      ...(alone('colour', object) ? [called(colour, shape, 'shape')] : []),
    ];
  });
  const signs = scene.texts.map(({ text }) => called('sign', text, 'sign'));
  const pieces = rng.shuffle([...calls, ...signs]).flatMap((call) => [...call, said('.', 0)]);
  return pieces.length > 0 ? [{ user: 'Roll call.', assistant: pieces }] : conversation(scene);
}

/** The first user message, with the clip's placeholder. */
export function openingMessage(scene: Scene, turn: Turn): Message {
  return { role: 'user', content: [{ type: scene.data_type }, { type: 'text', text: turn.user }] };
}
