// One question to one expert whose reply must have a form: checked, asked once more with what is wrong, then given up
// (`expert-malformed`). What is returned is whole and valid; nothing else reaches the store.
import { VideorftError } from '../base/errors.ts';
import type { Limiter } from '../llm/limit.ts';
import type { ChatModel, ChatResponse } from '../llm/port.ts';
import { type Parsed, reaskMessages, type StagePrompt } from '../prompt/stage-prompt.ts';
import type { ExpertConfig } from './config.ts';
import type { Save, StageRecord } from './store.ts';

export interface Expert {
  readonly model: ChatModel;
  /** One per request in flight, held until the answer is on disk: a kill loses at most this many answers. */
  readonly slots: Limiter;
  readonly config: Pick<ExpertConfig, 'model' | 'temperature' | 'topP' | 'maxTokens' | 'seed' | 'extraBody'>;
}

/** What an expert's answers depend on besides the prompt; part of every key. */
export function samplingOf({ config }: Expert): Readonly<Record<string, unknown>> {
  const { model, temperature, topP, maxTokens, seed, extraBody } = config;
  return { model, temperature, topP, maxTokens, seed, extraBody };
}

const MAX_ASKS = 2;

export interface AskContext {
  readonly sample: string | number;
  readonly signal?: AbortSignal;
}

/** Asks until the reply fits, at most twice, and saves it. Throws `expert-malformed`, or what the model throws. */
export function askAndSave<T>(
  expert: Expert,
  prompt: StagePrompt,
  read: (response: ChatResponse) => Parsed<T>,
  context: AskContext,
  save: Save<T>,
): Promise<StageRecord<T>> {
  return expert.slots.run(async () => save(await askChecked(expert, prompt, read, context)), context.signal);
}

async function askChecked<T>(
  expert: Expert,
  prompt: StagePrompt,
  read: (response: ChatResponse) => Parsed<T>,
  context: AskContext,
): Promise<Omit<StageRecord<T>, 'key'>> {
  const usage = { promptTokens: 0, completionTokens: 0 };
  let attempts = 0;
  let messages = prompt.messages;
  for (let asks = 1; ; asks++) {
    const response = await send(expert, { ...prompt, messages }, context);
    attempts += response.attempts;
    usage.promptTokens += response.usage.promptTokens;
    usage.completionTokens += response.usage.completionTokens;
    const parsed = read(response);
    if (parsed.ok) {
      const { model } = response;
      return {
        sample: context.sample,
        model,
        promptVersion: prompt.version,
        usage,
        asks,
        attempts,
        value: parsed.value,
      };
    }
    if (asks === MAX_ASKS) throw malformed(expert, prompt, response, parsed.problem, context.sample);
    messages = reaskMessages(prompt.messages, response.text, parsed.problem);
  }
}

function send(
  { model, config }: Expert,
  { messages, jsonSchema }: StagePrompt,
  { sample, signal }: AskContext,
): Promise<ChatResponse> {
  return model.chat({
    messages,
    jsonSchema,
    temperature: config.temperature,
    top_p: config.topP,
    max_tokens: config.maxTokens,
    seed: config.seed,
    sampleId: String(sample),
    signal,
  });
}

function malformed(
  { config }: Expert,
  { version }: StagePrompt,
  response: ChatResponse,
  problem: string,
  sample: string | number,
): VideorftError {
  const cut = response.finishReason === 'length';
  return new VideorftError(`The reply did not fit, asked ${MAX_ASKS} times: ${problem}`, {
    code: 'expert-malformed',
    facts: {
      sample,
      model: config.model,
      prompt: version,
      finish: response.finishReason,
      begins: response.text.slice(0, 120),
    },
    fix: cut ? 'The reply was cut: raise maxTokens.' : 'Use a model that follows the form; the next run asks again.',
  });
}
