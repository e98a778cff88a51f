// The prompts: order of P_cot, the quoted answer templates, no leak of the answer, and the check of JSON replies.
import { describe, expect, test } from 'vitest';
import type { Sample } from '../data/sample.ts';
import type { ChatMessage, ChatPart } from '../llm/port.ts';
import { answerTemplates } from './answer-templates.ts';
import { describeImagePrompt, imageDescriptionSchema, imageSourceOf, imageSources } from './describe-image.ts';
import { describeVideoPrompt, videoDescriptionSchema } from './describe-video.ts';
import { reasonPrompt, subPrompts } from './reason.ts';
import { refinementSchema, refinePrompt } from './refine.ts';
import { parseJsonReply, reaskMessages } from './stage-prompt.ts';
import { promptText, targetText, trainingMessages } from './train.ts';

const sample: Sample = {
  problem_id: 7,
  problem: 'Which way does the red circle move?',
  data_type: 'video',
  problem_type: 'multiple choice',
  options: ['A. left', 'B. right'],
  solution: '<answer>A</answer>',
  path: 'a.mp4',
};
const jpeg = Uint8Array.of(255, 216, 255);
const parts = (message: ChatMessage): readonly ChatPart[] =>
  typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
const words = (messages: readonly ChatMessage[]): string =>
  messages
    .flatMap(parts)
    .map((part) =>
      part.type === 'text'
        ? part.text
        : part.type === 'image'
          ? `[image ${part.timeSeconds}]`
          : `[video ${part.source.kind}]`,
    )
    .join('\n');

describe('reason', () => {
  test('joins the five parts in the order of the method and ends with the answer template', () => {
    const text = words(reasonPrompt(sample, { caption: 'a red circle' }).messages);
    const at = subPrompts('video').map((part) => text.indexOf(part));
    expect(at.every((position) => position >= 0)).toBe(true);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(subPrompts('image').map((part) => /^\d\. ([A-Z][a-z]+ [a-z]+)/.exec(part)?.[1])).toEqual([
      'Simulated observation',
      'Task understanding',
      'Selective focus',
      'Visual reasoning',
      'Reflective answering',
    ]);
    expect(text.endsWith(answerTemplates['multiple choice'])).toBe(true);
    expect(text).toContain('<description>\n{"caption":"a red circle"}\n</description>');
    expect(text).toContain('<options>\nA. left\nB. right\n</options>');
  });

  test('a question about an image never speaks of a video', () => {
    const text = words(reasonPrompt({ ...sample, data_type: 'image', problem_type: 'numerical' }, {}).messages);
    expect(text).not.toMatch(/video|watching/);
  });
});

test('the describer gets frames with their times in order, and no question', () => {
  const images = [0, 0.5, 1].map((timeSeconds) => ({ jpeg, timeSeconds }));
  const prompt = describeVideoPrompt({ images, durationSeconds: 4 });
  const text = words(prompt.messages);
  expect(text).toMatch(/lasts 4\.0 seconds[\s\S]*\[image 0\]\n\[image 0\.5\]\n\[image 1\]/);
  expect(text).not.toContain(sample.problem);
  expect(prompt.jsonSchema?.schema).toMatchObject({
    type: 'object',
    required: ['caption', 'frames'],
    additionalProperties: false,
  });
});

test('the refiner never sees the reference answer, even through extra fields', () => {
  const secret = { ...sample, solution: '<answer>SECRET</answer>', process: 'SECRET' };
  const text = words(
    refinePrompt(
      secret,
      { images: [{ jpeg, timeSeconds: 2 }], durationSeconds: 4 },
      { think: 'It moves right.', answer: 'B' },
    ).messages,
  );
  expect(text).not.toContain('SECRET');
  expect(text).toContain('<draft>\n<think>It moves right.</think>\n<answer>B</answer>\n</draft>');
});

test('image prompts differ by source under one system prompt', () => {
  const prompts = imageSources.map((source) => describeImagePrompt({ jpeg }, source));
  expect(new Set(prompts.map((prompt) => prompt.messages[0].content)).size).toBe(1);
  expect(new Set(prompts.map((prompt) => words(prompt.messages))).size).toBe(imageSources.length);
  expect(new Set(prompts.map((prompt) => prompt.version)).size).toBe(imageSources.length);
  const kinds = ['ChartQA', 'GeoQA', 'ai2d', 'DocVQA', 'TextVQA', 'LLaVA-pixmo', ''];
  const asked = { problem_type: 'numerical' as const };
  expect(kinds.map((data_source) => imageSourceOf({ ...asked, data_source }))).toEqual([
    'chart',
    'mathematics',
    'science',
    'document',
    'ocr',
    'natural',
    'natural',
  ]);
  expect(imageSourceOf({ ...asked, skill: 'science', data_source: 'micro-world' })).toBe('science');
  const reading = { problem_type: 'OCR' as const };
  expect(imageSourceOf({ ...reading, skill: 'document', data_source: 'micro-world' })).toBe('ocr');
  expect(imageSourceOf({ ...reading, skill: 'mathematics' })).toBe('mathematics');
});

describe('replies', () => {
  const frame = {
    timestamp: 0,
    caption: 'c',
    objects: [],
    actions: [],
    scene: '',
    spatial_relations: [],
    possible_interactions: [],
  };
  test.each([
    ['bare', JSON.stringify({ caption: 'x', frames: [frame] })],
    ['fenced', `Here it is:\n\`\`\`json\n${JSON.stringify({ caption: 'x', frames: [frame] }, null, 2)}\n\`\`\`\n`],
  ])('a valid description is read (%s)', (_, text) => {
    expect(parseJsonReply(text, videoDescriptionSchema)).toEqual({
      ok: true,
      value: { caption: 'x', frames: [frame] },
    });
  });
  test.each([
    ['no object', 'sorry', 'no JSON object'],
    ['cut', '{"caption": "x", "frames": [{"timestamp": 1}', 'does not parse'],
    ['no frames', '{"caption": "x", "frames": []}', 'frames'],
    ['empty caption', JSON.stringify({ caption: ' ', frames: [frame] }), 'caption'],
    ['wrong type', JSON.stringify({ caption: 'x', frames: [{ ...frame, timestamp: '0 s' }] }), 'frames.0.timestamp'],
  ])('%s is refused with the reason', (_, text, problem) => {
    const parsed = parseJsonReply(text, videoDescriptionSchema);
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
  test('a revision must have both tags filled', () => {
    const verdict = (revised: string) =>
      parseJsonReply(JSON.stringify({ inconsistencies: [], revised }), refinementSchema).ok;
    expect(verdict('<think>a</think>\n<answer>A</answer>')).toBe(true);
    expect(verdict('<think> </think><answer>A</answer>')).toBe(false);
    expect(verdict('<think>a</think><answer></answer>')).toBe(false);
    expect(verdict('A')).toBe(false);
  });
  test('the second request repeats the first, the reply and the complaint', () => {
    const again = reaskMessages([{ role: 'user', content: 'q' }], 'bad', 'no JSON');
    expect(again.map((message) => message.role)).toEqual(['user', 'assistant', 'user']);
    expect(again[2].content).toContain('no JSON');
  });
  test('every schema becomes a closed JSON Schema', () => {
    expect(describeImagePrompt({ jpeg }, 'chart').jsonSchema?.schema.required).toEqual(
      Object.keys(imageDescriptionSchema.shape),
    );
  });
});

describe('training prompts', () => {
  test('micro: options on one line, instruction last', () => {
    expect(promptText(sample, { mode: 'think', profile: 'micro' })).toBe(
      'Which way does the red circle move?\nA. left B. right\nThink step by step.',
    );
    expect(promptText({ ...sample, options: null }, { mode: 'direct', profile: 'micro' })).toBe(
      'Which way does the red circle move?\nAnswer directly.',
    );
  });
  test('paper: options on lines of their own, then instruction and the template of the type', () => {
    const lines = promptText(sample, { mode: 'think', profile: 'paper' }).split('\n');
    expect(lines.slice(0, 3)).toEqual([sample.problem, 'A. left', 'B. right']);
    expect(lines.at(-1)).toBe(answerTemplates['multiple choice']);
    expect(lines[3]).toContain('<think> </think>');
    expect(promptText(sample, { mode: 'direct', profile: 'paper' })).not.toContain('<think>');
  });
  test('the media part comes first and there is no system prompt', () => {
    const messages = trainingMessages({ ...sample, data_type: 'image' }, { mode: 'direct', profile: 'micro' });
    expect(messages).toHaveLength(1);
    expect(messages[0].content[0]).toEqual({ type: 'image' });
  });
  test('target = process + newline + solution; a missing chain of thought is an error', () => {
    expect(targetText({ ...sample, process: '<think>x</think>' })).toBe('<think>x</think>\n<answer>A</answer>');
    expect(targetText(sample, 'direct')).toBe('<answer>A</answer>');
    expect(() => targetText({ ...sample, process: '' })).toThrow(/without a chain of thought/);
  });
});
