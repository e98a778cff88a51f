// The texts that the micro tokenizer learns from: captions, questions with their options, and the phrases of the experts' chains of
// thought, so that every word of the micro-world is about one token.
import { createTokenizer, type Tokenizer } from '../../models/tokenizer/load.ts';
import { trainTokenizer } from '../../models/tokenizer/train-bpe.ts';
import { generateScene, sceneSeed } from '../../world/generate.ts';
import { sentenceWords } from '../../world/vocab.ts';
import { conversation } from './conversation.ts';

/** Sentences that chains of thought are built from, beyond those of captions. */
const reasoningPhrases = [
  'The question asks which way the red circle moves.',
  'The question asks what colour the circle has and what shape the object is.',
  'The question asks how many objects appear in the video, how fast, where, when, who, what happens next, what the sign says.',
  'So the answer is that it moves. So there are two objects, three objects, one object, zero.',
  'Let me check again. Wait, looking at the video again, it is not there. That means, because, then, therefore, this, these, but.',
  'It keeps moving in the same way, so it hits the blue square or leaves on the right. Nothing is in its way.',
  'It travels at 0.25 heights per second, faster than the other one. It appears before the other one, after it, later, earlier.',
  'system\nYou are a helpful assistant.',
  'user\nDescribe the image in detail. Think step by step. Answer directly.',
  'assistant\n',
  '<think>The question asks this. There is nothing else in the video. There is nothing else in the image.</think>',
  'So nothing moves in the video. I count the red circle. The sign shows a word. Both shapes, they start at the same time.',
  'one two three four five six seven eight nine ten plus minus equals sum has sides corners none both every all',
];

const SCENES = 3000;
const VOCABULARY = 1024;

/** Capitals are spelt out, so that no merge joins letters: signs are read letter by letter, and unseen words with them. */
const spelt = (text: string) => text.replace(/[A-Z]{2,}/g, (word) => [...word].join(' '));

function* corpus(seed: number): Generator<string> {
  for (let i = 0; i < SCENES; i++) {
    for (const turn of conversation(generateScene({ seed: sceneSeed(seed, 'train', i), split: 'train' }))) {
      yield turn.user;
      yield spelt(turn.assistant.map(({ text }) => text).join(''));
    }
  }
  for (let i = 0; i < 40; i++) {
    yield* reasoningPhrases;
    yield sentenceWords.join(' ');
  }
}

/** The micro tokenizer: at most 1,024 tokens, no token seen fewer than 30 times. */
export function microTokenizer(seed: number): Tokenizer {
  return createTokenizer(trainTokenizer(corpus(seed), { vocabSize: VOCABULARY, minFrequency: 30 }));
}
