// The fields of a chat request that are not offered. Those that could not change the answer are ignored, those that would are accepted with
// the value that asks for nothing and refused with any other, and what is known to neither list is refused too: it may change the answer.
import { badRequest } from '../errors.ts';

/** Ignored: bookkeeping of the caller, and hints about speed or length of thought that this server has no use for. */
export const ignoredFields: ReadonlySet<string> = new Set([
  'user',
  'metadata',
  'store',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prediction',
  'parallel_tool_calls',
  'reasoning_effort',
  'verbosity',
]);

const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0;
const one = (value: unknown) => (given: unknown) => given === value;
const auto = (value: unknown) => value === 'auto' || value === 'none';
const typeText = (value: unknown) => (value as { type?: unknown }).type === 'text';
const onlyText = (value: unknown) => Array.isArray(value) && value.join() === 'text';

/** Not offered; the only value that each may have, as a test and in words. Null is always fine. */
export const neutralFields: Readonly<Record<string, readonly [(value: unknown) => boolean, string]>> = {
  tools: [isEmpty, 'an empty list'],
  tool_choice: [auto, '"auto" or "none"'],
  functions: [isEmpty, 'an empty list'],
  function_call: [auto, '"auto" or "none"'],
  response_format: [typeText, '{"type": "text"}'],
  modalities: [onlyText, '["text"]'],
  audio: [() => false, 'null'],
  web_search_options: [() => false, 'null'],
  frequency_penalty: [one(0), '0'],
  presence_penalty: [one(0), '0'],
  repetition_penalty: [one(1), '1'],
  min_p: [one(0), '0'],
  min_tokens: [one(0), '0'],
  logit_bias: [isEmpty, 'an empty object'],
  best_of: [one(1), '1'],
  echo: [one(false), 'false'],
  ignore_eos: [one(false), 'false'],
  stop_token_ids: [isEmpty, 'an empty list'],
  include_stop_str_in_output: [one(false), 'false'],
  skip_special_tokens: [one(true), 'true'],
  prompt_logprobs: [one(0), '0'],
  use_beam_search: [one(false), 'false'],
  add_generation_prompt: [one(true), 'true'],
  continue_final_message: [one(false), 'false'],
  chat_template_kwargs: [isEmpty, 'an empty object'],
};

/** Refuses what is neither `offered`, ignored nor neutral. Throws 'unknown-field' or 'unsupported-field', naming it. */
export function checkFields(body: Readonly<Record<string, unknown>>, offered: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(body)) {
    if (offered.has(name) || ignoredFields.has(name)) continue;
    const neutral = Object.hasOwn(neutralFields, name) ? neutralFields[name] : undefined;
    if (!neutral) throw badRequest(`unknown field ${name}`, 'unknown-field', name, 'leave it out');
    const [isNeutral, words] = neutral;
    if (value !== null && !isNeutral(value))
      throw badRequest(`${name} is not offered: only ${words} is accepted`, 'unsupported-field', name);
  }
}
