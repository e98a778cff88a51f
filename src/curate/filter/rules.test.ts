// Every rule of the filter on reasoning that it must reject, and on reasoning that only looks like it; the verdict made of them.
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../data/sample.ts';
import { filterSchema } from './config.ts';
import { type RuleName, ruleNames } from './names.ts';
import { type Candidate, judge, rules } from './rules.ts';
import { wordsOf } from './words.ts';

const config = filterSchema.parse({});
const sample: Sample = {
  problem_id: 1,
  problem: 'Which way does the red car turn at the crossing?',
  data_type: 'video',
  problem_type: 'multiple choice',
  options: ['A. left', 'B. right', 'C. it stops'],
  solution: '<answer>A</answer>',
  path: 'a.mp4',
};
const sound =
  'The question asks which way the car turns. I see a red car that slows down before the crossing. Then it turns left.';
const chain = (rest: Partial<Candidate>): Candidate => ({ sample, think: sound, answer: 'A', ...rest });
const found = (think: string, rest: Partial<Candidate> = {}, settings = config) =>
  judge(chain({ think, ...rest }), settings).rules;
const about = (problem: string): Partial<Candidate> => ({ sample: { ...sample, problem } });

test('nothing is said against a sound chain', () => {
  expect(judge(chain({}), config)).toEqual({ kept: true, reason: undefined, rules: [] });
});

/** [what it is, reasoning, whether the rule finds something, other parts of the chain] */
type Case = [string, string, boolean, Partial<Candidate>?];

const cases: Partial<Record<RuleName, Case[]>> = {
  refused: [
    ['an apology', "I'm sorry, but I can't assist with that request.", true],
    ['no sight', 'I am unable to watch the video, so the answer is a guess. I say left.', true],
    ['an AI', 'As an AI language model, I have no eyes. The answer is left.', true],
    ['in Chinese', '抱歉，我无法回答这个问题。', true],
    ['as the answer', sound, true, { answer: 'I cannot provide an answer.' }],
    ['a man who is unable', 'A man is unable to open the door, so he waits. The car turns left.', false],
    ['a look that is not clear', 'I cannot see the video clearly at 3 s, but at 4 s the car turns left.', false],
    ['I cannot help but notice', 'I cannot help but notice that the car brakes. It turns left.', false],
    ['what a sign says', 'The sign reads "Sorry, I can\'t help you". The car turns left.', false],
    ['somebody who is sorry', 'I see a woman who says she is sorry, and the driver cannot stop. It turns left.', false],
  ],
  truncated: [
    ['in a sentence', 'I see a red car. It slows down before the crossing. Then the red car', true],
    ['after a comma', 'I see a red car. It slows down,', true],
    ['after a small word', 'I see a red car. It drives up to the', true],
    ['in a word', 'I see a red car. It slows down before the cross', true],
    ['behind its answer', sound.replace(/\.$/, ' at the'), true],
    [
      'an answer that ends in a small word',
      'I see a red car. It turns. So it drives on to where she is',
      false,
      { answer: 'where she is' },
    ],
    ['a full stop', 'I see a red car. It turns left.', false],
    ['a bold ending', 'I see a red car. **It turns left.**', false],
    ['the letter', 'I see a red car. So the answer is A', false],
    ['what the option says', 'I see a red car. Therefore it turns to the left', false],
    ['the letter within', 'I see a red car. Hence A is the right choice', false],
    ['leading up to the answer', 'I see a red car that turns left. The final answer is', false],
    ['leading up with a colon', 'I see a red car that turns left. Final answer:', false],
    ['a number', 'There are two and then three more, so the total is 2 + 3 = 5', false, { answer: '5' }],
    ['a number as a word', 'I count them. So there are seven apples in the basket', false, { answer: '7' }],
    ['a list', 'What I see:\n- a red car\n- a crossing', false],
    ['Chinese', '我看到一辆红色的车。它向左转。', false],
  ],
  'mentions-description': [
    ['according to it', 'According to the description, the car turns left.', true],
    ['it says', 'The description says that the car turns left.', true],
    ['the video description', 'In the video description there is a car. It turns left.', true],
    ['the JSON', 'Looking at the JSON, frame 3 has a car that turns left.', true],
    ['captions of frames', 'The frame captions say that a car turns left.', true],
    ['structured data', 'From the structured representation I know that it turns left.', true],
    ['the draft', 'The draft says it turns right, but it turns left.', true],
    ['in Chinese', '根据视频描述，车向左转。', true],
    ['on a label', 'I read in the description on the label that it is milk. The car turns left.', false],
    ['that fits', 'A turn to the west fits the description of option A. It turns left.', false],
    ['the description in the question', 'This sequence matches the description given in option A. Left.', false],
    ['to describe', 'I would describe the car as red. It turns left.', false],
    ['on screen', 'The caption at the bottom says "LIVE". The car turns left.', false],
    ['quoted', 'A page says "according to the description". The car turns left.', false],
    [
      'asked about',
      'According to the description, it is milk.',
      false,
      about('What does the description on the label say?'),
    ],
    ['JSON asked about', 'The JSON on the screen has two keys.', false, about('How many keys does the JSON have?')],
    ['a draft of air', 'The draft from the window moves the paper. It goes left.', false],
  ],
  'wrong-language': [
    ['Chinese', '这个问题问的是汽车在路口转向哪一边。我看到一辆红色的汽车减速，然后向左转。所以答案是左边。', true],
    [
      'half of it',
      `${sound} 然后我再看一遍视频，红色的汽车确实在路口减速，之后向左边转弯，所以答案是左边，没有问题。`,
      true,
    ],
    ['Russian', 'Вопрос о том, куда поворачивает машина. Я вижу красную машину, она поворачивает налево.', true],
    [
      'French',
      'La question est de savoir dans quelle direction la voiture tourne. Je vois que la voiture est rouge et que le conducteur tourne sur la gauche.',
      true,
    ],
    ['a sign', `${sound} The sign above it reads 出口.`, false],
    ['a long quotation', `${sound} The poster reads "这个问题问的是汽车在路口转向哪一边我看到一辆红色的汽车".`, false],
    ['mathematics', 'With α = 30° and β = 60°, sin(α) + cos(β) = 1. So the angle is right and it turns left.', false],
    ['too short to tell', '向左转。', false],
    [
      'a question in Chinese',
      '这个问题问的是汽车在路口转向哪一边。我看到一辆红色的汽车减速，然后向左转。所以答案是左边。',
      false,
      about('红色的车在路口转向哪一边？'),
    ],
    [
      'a question in French',
      'La question est de savoir dans quelle direction la voiture tourne. Je vois que la voiture est rouge.',
      false,
      about('Dans quelle direction la voiture rouge tourne-t-elle sur la place, et qui est dans la voiture ?'),
    ],
    [
      'a name',
      'The question asks who Der Spiegel is for. I see Karl und Die Toten Hosen on the stage, and it turns left.',
      false,
    ],
  ],
  repetitive: [
    ['a circle', `${sound} ${'Wait, let me look again. '.repeat(12)}`, true],
    ['one word', `${sound} ${'the '.repeat(40)}`, true],
    ['the same paragraph', `${sound} `.repeat(3), true],
    ['a circle in Chinese', `${'让我再看一遍视频。'.repeat(12)}`, true],
    ['moments', Array.from({ length: 20 }, (_, i) => `At ${i}.0 seconds the car is on the road.`).join(' '), false],
    ['a table of numbers', `The screen shows ${'0 '.repeat(60)}and nothing else. It turns left.`, false],
    ['emphasis', 'It is very very very far away. It turns left.', false],
    [
      'looking twice',
      `${sound} Let me check once more. At the crossing the car turns left, as I saw. So it is left.`,
      false,
    ],
  ],
  'too-short': [
    ['a word', 'Left.', true],
    ['five words', 'The red car turns left.', false],
    ['Chinese, which writes no spaces', '我看到一辆红色的汽车向左转。', false],
  ],
  'too-long': [
    ['a novel', Array.from({ length: 800 }, (_, i) => `word${i}`).join(' '), true],
    ['750 words', `${Array.from({ length: 750 }, (_, i) => `word${i}`).join(' ')}.`, false],
  ],
  'wrong-answer': [
    ['another letter', sound, true, { answer: 'B' }],
    ['the letter with words', sound, false, { answer: 'a. left' }],
  ],
  'low-similarity': [
    ['below', sound, true, { similarity: 0.79 }],
    ['at the threshold', sound, false, { similarity: 0.8 }],
  ],
  'judged-wrong': [
    ['below', sound, true, { score: 0.6 }],
    ['at the threshold', sound, false, { score: 0.7 }],
  ],
};

test('every rule has both kinds of cases', () => {
  for (const name of ruleNames)
    expect(new Set(cases[name]?.map(([, , hit]) => hit)), name).toEqual(new Set([true, false]));
});

describe.each(Object.entries(cases))('%s', (name, table) => {
  test.each(table)('%s', (_, think, expected, rest) => {
    const seen = { ...chain({ think, ...rest }), words: wordsOf(think) };
    expect(rules[name as RuleName](seen, config)).toBe(expected);
  });
});

test('the first rule is the reason, and all of them are told', () => {
  const verdict = judge(chain({ think: 'I am unable to watch the video', answer: 'B' }), config);
  expect(verdict).toMatchObject({ kept: false, reason: 'refused', rules: ['refused', 'truncated', 'wrong-answer'] });
});

test('a rule that is off rejects nothing and is told all the same', () => {
  const off = { ...config, off: ['wrong-answer' as const] };
  expect(judge(chain({ answer: 'B' }), off)).toMatchObject({ kept: true, reason: undefined, rules: ['wrong-answer'] });
});

test('settings', () => {
  const french = 'Je vois que la voiture est rouge et que le conducteur tourne sur la gauche dans la rue.';
  expect(found(french)).toEqual(['wrong-language']);
  expect(found(french, {}, { ...config, language: 'any' })).toEqual([]);
  expect(found(french, {}, { ...config, language: 'fr' })).toEqual([]);
  expect(found(sound, {}, { ...config, language: 'zh' })).toEqual(['wrong-language']);
  expect(found(sound, {}, { ...config, minWords: 100 })).toEqual(['too-short']);
  expect(found(sound, {}, { ...config, maxWords: 10 })).toEqual(['too-long']);
  expect(found(`${sound} ${sound}`, {}, { ...config, maxRepetition: 0.2 })).toEqual(['repetitive']);
});
