// The reply schemas of every stage as they go over the wire: inside the subset that OpenAI's strict mode takes (developers.openai.com, structured
// outputs), which refuses every request with a schema outside it. Bounds are checked when the reply comes.
import { describe, expect, test } from 'vitest';
import { endpointSchema } from '../llm/config.ts';
import { geminiBody } from '../llm/gemini-wire.ts';
import { requestBody } from '../llm/wire.ts';
import { describeImagePrompt } from './describe-image.ts';
import { describeVideoPrompt } from './describe-video.ts';
import { judgePrompt } from './judge.ts';
import { refinePrompt } from './refine.ts';
import { skillPrompt } from './skill.ts';
import type { StagePrompt } from './stage-prompt.ts';

const jpeg = Uint8Array.of(255, 216, 255);
const media = { images: [{ jpeg, timeSeconds: 0 }], durationSeconds: 1 };
const sample = {
  problem_id: 1,
  problem: 'Q',
  data_type: 'video' as const,
  problem_type: 'free-form' as const,
  solution: '<answer>A</answer>',
  path: 'a',
};
const prompts: Record<string, StagePrompt> = {
  video: describeVideoPrompt(media),
  image: describeImagePrompt({ jpeg }, 'chart'),
  refine: refinePrompt(sample, media, { think: 'T', answer: 'A' }),
  judge: judgePrompt(sample, 'A'),
  skill: skillPrompt([sample]),
};
const endpoint = endpointSchema.parse({ baseURL: 'http://127.0.0.1:9/v1', model: 'm' });

const known = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'anyOf',
  'description',
]);

/** What the strict mode would say against a schema. */
function complaints(schema: Record<string, unknown>, at = 'root'): string[] {
  const own = Object.keys(schema).flatMap((key) => (known.has(key) ? [] : [`${at}: ${key} is not permitted`]));
  const properties = (schema.properties ?? {}) as Record<string, Record<string, unknown>>;
  if (schema.type === 'object') {
    if (schema.additionalProperties !== false) own.push(`${at}: additionalProperties must be false`);
    if (JSON.stringify(schema.required) !== JSON.stringify(Object.keys(properties)))
      own.push(`${at}: not all required`);
  }
  const deeper = Object.entries(properties).flatMap(([name, value]) => complaints(value, `${at}.${name}`));
  return [...own, ...deeper, ...(schema.items ? complaints(schema.items as Record<string, unknown>, `${at}[]`) : [])];
}

describe.each(Object.entries(prompts))('%s', (_, prompt) => {
  test('OpenAI takes the schema', () => {
    const body = JSON.parse(Buffer.from(requestBody(prompt, endpoint)).toString());
    expect(complaints(body.response_format.json_schema.schema)).toEqual([]);
    expect(Object.keys(body.response_format.json_schema.schema.properties).length).toBeGreaterThan(0);
  });
  test('and so does Gemini', () => {
    expect(complaints(JSON.parse(geminiBody(prompt, endpoint)).generationConfig.responseJsonSchema)).toEqual([]);
  });
});

test('the checker finds what it looks for', () => {
  expect(complaints({ type: 'object', properties: { a: { type: 'string', minLength: 1 } }, required: [] })).toEqual([
    'root: additionalProperties must be false',
    'root: not all required',
    'root.a: minLength is not permitted',
  ]);
});
