// Records of every form become entries; what is none says why.
import { expect, test } from 'vitest';
import { entryOf, reasoningText } from './entry.ts';

const chain = '<think>It is red.</think>\n<answer>A</answer>';

test.each<[string, object]>([
  ['published', { problem: 'Which?', process: '<think>It is red.</think>', path: 'a.mp4', data_type: 'video' }],
  [
    'our Parquet form',
    { problem: 'Which?', process: '<think>It is red.</think>', path: 'a.mp4', data_type: 'video', extra: '{"x":1}' },
  ],
  [
    'ms-swift and LLaMA-Factory',
    {
      messages: [
        { role: 'user', content: '<video>Which?' },
        { role: 'assistant', content: chain },
      ],
      videos: ['a.mp4'],
    },
  ],
  [
    'LLaVA',
    {
      conversations: [
        { from: 'human', value: '<video>\nWhich?' },
        { from: 'gpt', value: chain },
      ],
      video: 'a.mp4',
    },
  ],
])('%s', (_, row) => {
  expect(entryOf(row, 3)).toMatchObject({
    line: 3,
    problem: 'Which?',
    reasoning: 'It is red.',
    path: 'a.mp4',
    medium: 'video',
  });
});

test('an answer without reasoning is none; a similarity is where curation puts it', () => {
  const messages = [
    { role: 'user', content: 'Which?' },
    { role: 'assistant', content: 'Red.' },
  ];
  expect(entryOf({ messages }, 1)).toMatchObject({ reasoning: '', medium: 'unknown' });
  const curation = { filter: { similarity: 0.5 } };
  expect(entryOf({ problem: 'x', curation }, 1)).toMatchObject({ similarity: 0.5 });
  expect(entryOf({ problem: 'x', extra: JSON.stringify({ curation }) }, 1)).toMatchObject({ similarity: 0.5 });
});

test.each([[null], [[]], ['text'], [{}], [{ problem: 7 }], [{ problem: ' ' }], [{ messages: [{}] }], [{ extra: '{' }]])(
  '%j is no entry',
  (value) => {
    expect(typeof entryOf(value, 1)).toBe('string');
  },
);

test.each([
  ['<think>a</think><answer>b</answer>', 'a'],
  ['a <answer>b</answer>', 'a'],
  ['<think>a', 'a'],
  ['a', 'a'],
  ['', ''],
])('the reasoning of %s', (completion, reasoning) => {
  expect(reasoningText(completion)).toBe(reasoning);
});
