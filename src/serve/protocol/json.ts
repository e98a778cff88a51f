// A body's text → a JSON object that fits a schema. What is wrong is told with its place in the body; with which status, the caller says.
import type { z } from 'zod';
import type { ApiError } from '../errors.ts';

/** Makes the error: badRequest or unprocessable (errors.ts). */
export type Refuse = (message: string, code: string, param?: string, fix?: string) => ApiError;

export function refuseIssue(issue: z.core.$ZodIssue, refuse: Refuse, at = ''): never {
  const inner = issue.code === 'invalid_union' ? issue.errors.flat()[issue.errors.flat().length - 1] : undefined;
  const path = [...(at === '' ? [] : [at]), ...issue.path, ...(inner?.path ?? [])].join('.');
  const message = (inner ?? issue).message.replace(/^Invalid input: /, '');
  throw refuse(`${path || 'the body'}: ${message}`, 'invalid-value', path || undefined);
}

export function parseObject(text: string, refuse: Refuse): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse(`the body is not JSON: ${(cause as Error).message}`, 'invalid-json');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refuse('the body is not a JSON object', 'invalid-json');
}

/** The value as the schema has it. `at`: its place in the body. */
export function conform<S extends z.ZodType>(schema: S, value: unknown, refuse: Refuse, at = ''): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  return refuseIssue(parsed.error.issues[0], refuse, at);
}
