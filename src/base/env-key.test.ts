// A variable that is named must hold a key; a key itself is no name.
import { expect, test } from 'vitest';
import { envNameSchema, keyIn } from './env-key.ts';

const missing = (variable: string) => new Error(`nothing in ${variable}`);

test('none is named, one that holds a key, one that is empty', () => {
  expect(keyIn(undefined, missing, { A: 'x' })).toBeUndefined();
  expect(keyIn('A', missing, { A: ' sk-1 \n' })).toBe('sk-1');
  for (const env of [{}, { A: '' }, { A: ' ' }]) expect(() => keyIn('A', missing, env)).toThrow('nothing in A');
});

test('a name, and what is none', () => {
  expect(envNameSchema.safeParse('OPENAI_API_KEY').success).toBe(true);
  for (const key of ['sk-abc', '', '1A']) expect(envNameSchema.safeParse(key).success).toBe(false);
});
