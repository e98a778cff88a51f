// The rules of reflection on golden texts: what each must find, and what looks like it and is none.
import { describe, expect, it } from 'vitest';
import { findReflections, reflectionRate, reflectionRules } from './reflection.ts';
import { words } from './words.ts';

const kinds = (text: string) => findReflections(text).map(({ kind }) => kind);

describe('found', () => {
  it.each<[string, readonly string[]]>([
    ['Wait, the circle is blue.', ['pause']],
    ['A red circle moves left. Wait, no. It moves right.', ['pause']],
    ['So it is A. Hmm… the frames say otherwise.', ['pause']],
    ['Hold on, there are three of them.', ['pause']],
    ['The man sits. But wait, he stood up before.', ['pause']],
    ['It asks for the order. Let me think about the second half.', ['pause']],
    ['Hmm, let me check the video again.', ['pause', 're-check']],
    ['It is B. Let me double-check that.', ['re-check']],
    ['I count two. I should verify this with the last frame.', ['re-check']],
    ['So four seconds. Let’s re-examine the beginning.', ['re-check']],
    ['However, looking again, the square stops.', ['re-check']],
    ['Let me look at the frames once more.', ['re-check']],
    ["I'll watch the middle part again.", ['re-check']],
    ['It seems red, but on closer look it is orange.', ['re-check']],
    ["That's not right. On second thought, it is B.", ['correction', 're-check']],
    ['I made a mistake: the door was open.', ['correction']],
    ['The answer is C. That can’t be right, since he left first.', ['correction']],
    ['He takes the cup. Actually, he takes the plate.', ['correction']],
    ['It moves up. No, it moves down.', ['correction']],
    ['My first answer was wrong.', ['correction']],
    ['I have to change my answer to D.', ['correction']],
    ['等等，重新看视频。', ['pause', 're-check']],
    ['红色圆圈向左移动。不对，是向右。', ['correction']],
    ['我看错了，应该是B。', ['correction']],
  ])('%s', (text, expected) => {
    expect(kinds(text)).toEqual(expected);
  });
});

describe('not found', () => {
  it.each([
    'The people wait for the bus. The red circle moves left.',
    'They wait, then leave.',
    'The cars stop, wait, and go on.',
    'A waiter looks left. The circle moves up and stops.',
    'She can hold on to the rope.',
    'Let me look at the video. A red circle moves left.',
    'Let me think about what the question asks: the order of events.',
    'He keeps looking again and again at the door.',
    'The man looks back again. The woman checks the mail again.',
    'The player runs, looking back again, and scores.',
    'The teacher says that is wrong.',
    'I see that he was wrong about the date.',
    'The sign says no, the shop is closed.',
    'What actually happens is a fall. He actually wins.',
    'The ball that was missed is the second one.',
    'The second look of the outfit is blue. A closer object is bigger.',
    'First she reads, then she verifies the number on the card.',
    'The correction fluid is white.',
    'The mirror is not right of the door.',
    'The previous answer of the contestant was loud.',
    '人们在等公交车，等等再走。',
    '图案不对称。',
    '重新装修的房间。',
  ])('%s', (text) => {
    expect(findReflections(text)).toEqual([]);
  });
});

it('every rule finds something above, and has words for people', () => {
  const positives = [
    ...['Wait, no.', 'A. Let me think now.', 'Let me verify it.', 'Looking at it again, no.', 'On second thought, no.'],
    ...['I misread it.', 'Up. Actually, down.', 'My earlier count was wrong.', '等等，', '再看一遍', '不对，'],
  ];
  const found = new Set(positives.flatMap((text) => findReflections(text).map(({ rule }) => rule)));
  expect([...found].sort()).toEqual(Object.keys(reflectionRules).sort());
  for (const { means } of Object.values(reflectionRules)) expect(means).not.toBe('');
});

it('phrases stand where they are said to', () => {
  const text = 'It is up. Wait, let me look at it again. No, it is down.';
  for (const { phrase, start } of findReflections(text)) expect(text.slice(start, start + phrase.length)).toBe(phrase);
  expect(kinds(text)).toEqual(['pause', 're-check', 'correction']);
});

it('gives a share and a rate', () => {
  expect(reflectionRate(['Wait, no. Wait, yes.', 'Plain.'])).toEqual({ share: 0.5, perText: 1 });
  expect(reflectionRate([])).toEqual({ share: 0, perText: 0 });
  const answer = '<answer>Wait, let me check again.</answer>';
  expect(reflectionRate([`<think>It is up.</think>${answer}`, `It is up. ${answer}`])).toEqual({
    share: 0,
    perText: 0,
  });
  expect(reflectionRate([`<think>Wait, no.</think>${answer}`])).toEqual({ share: 1, perText: 1 });
});

it('counts words', () => {
  expect(words("The circle's 2nd move, left!")).toEqual(['the', "circle's", '2nd', 'move', 'left']);
});
