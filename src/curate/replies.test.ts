// What counts as a draft, a revision and a judgement: replies of experts taken apart.
import { describe, expect, test } from 'vitest';
import type { ChatResponse } from '../llm/port.ts';
import { readDraft, readJudgement, readRevision } from './replies.ts';

describe('drafts', () => {
  const response = (rest: Partial<ChatResponse>): ChatResponse => ({
    text: '<answer>B</answer>',
    reasoning: undefined,
    model: 'm',
    finishReason: 'stop',
    usage: { promptTokens: 1, completionTokens: 1 },
    attempts: 1,
    ...rest,
  });

  test.each<[string, Partial<ChatResponse>, { think: string; answer: string } | string]>([
    ['reasoning apart', { reasoning: 'I see it.' }, { think: 'I see it.', answer: 'B' }],
    ['reasoning before the answer', { text: 'I see it.\n<answer> B </answer>' }, { think: 'I see it.', answer: 'B' }],
    ['tags in the reasoning', { reasoning: 'So <answer>B</answer>.' }, { think: 'So B.', answer: 'B' }],
    ['answer only', {}, 'no reasoning'],
    ['no answer', { text: 'B', reasoning: 'I see it.' }, 'no filled <answer>'],
    ['empty answer', { text: '<answer> </answer>', reasoning: 'I see it.' }, 'no filled <answer>'],
    ['cut', { text: 'I see', finishReason: 'length' }, 'token limit'],
  ])('%s', (_, rest, expected) => {
    const parsed = readDraft(response(rest));
    if (typeof expected === 'string')
      expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining(expected) });
    else expect(parsed).toEqual({ ok: true, value: expected });
  });

  test.each([
    ['a score', '{"why": "Same.", "score": 0.9}', { why: 'Same.', score: 0.9 }],
    ['a score beyond 1', '{"why": "Same.", "score": 9}', 'score'],
    ['words', 'They are the same.', 'no JSON object'],
  ])('a judgement: %s', (_, text, expected) => {
    const parsed = readJudgement(response({ text }));
    if (typeof expected === 'string')
      expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining(expected) });
    else expect(parsed).toEqual({ ok: true, value: expected });
  });

  test('a revision is taken apart', () => {
    const revised = '<think>\nI see it.\n</think>\n<answer> B </answer>';
    expect(readRevision(response({ text: JSON.stringify({ inconsistencies: [], revised }) }))).toEqual({
      ok: true,
      value: { think: 'I see it.', answer: 'B', inconsistencies: [] },
    });
  });
});
