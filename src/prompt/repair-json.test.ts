// What is repaired has one reading; valid JSON is left as it is; what is cut stays broken.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { repairJson } from './repair-json.ts';
import { parseJsonReply } from './stage-prompt.ts';

test.each([
  ['a line break in a string', '{"a": "one\ntwo\tthree\r"}', { a: 'one\ntwo\tthree\r' }],
  ['a comma before a bracket', '{"a": [1, 2, ], }', { a: [1, 2] }],
  ['both, and what only looks like them', '{"a": ["x, ]", "y\\"\n,}"],\n}', { a: ['x, ]', 'y"\n,}'] }],
  ['another control character', '{"a": "\u0001"}', { a: '\u0001' }],
])('%s', (_, text, value) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(JSON.parse(repairJson(text))).toEqual(value);
});

test('valid JSON keeps its value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(JSON.parse(repairJson(text))).toEqual(JSON.parse(text));
    }),
  );
});

test('a reply is read so, and a cut one is not', () => {
  const shape = z.object({ revised: z.string(), list: z.array(z.number()) });
  const reply = '```json\n{"revised": "<think>I see.\nIt turns.</think>", "list": [1,]}\n```';
  expect(parseJsonReply(reply, shape)).toEqual({
    ok: true,
    value: { revised: '<think>I see.\nIt turns.</think>', list: [1] },
  });
  expect(parseJsonReply('{"revised": "I see", "list": [1, }', shape)).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/does not parse/),
  });
});
