// One question to one expert whose reply must have a form: checked, asked once more with what is wrong, then given up
// (`expert-malformed`). Every attempt is noted before it goes out, so a killed process leaves an account; only an answer that is whole
// and valid is stored as one. Leaves out: sharing answers within a process (once.ts).
import { VideorftError } from '../base/errors.ts';
import { type Limiter, sleep } from '../base/limit.ts';
import type { AttemptJournal, ChatModel, ChatResponse } from '../llm/port.ts';
import { type Parsed, reaskMessages, type StagePrompt } from '../prompt/stage-prompt.ts';
import type { ExpertConfig } from './config.ts';
import type { Claimed, CurationState, StageRecord, Task } from './state/port.ts';

export interface Expert {
  readonly model: ChatModel;
  /** One per task in work, held until the answer survives a kill, which then loses at most this many. */
  readonly slots: Limiter;
  readonly config: ExpertSettings;
}

/** What of an expert's configuration its answers depend on. */
export type ExpertSettings = Pick<
  ExpertConfig,
  'model' | 'temperature' | 'topP' | 'maxTokens' | 'seed' | 'extraBody' | 'imageDetail' | 'video' | 'videoURL'
>;

/** What an expert's answers depend on besides the prompt; part of every key. */
export function samplingOf(expert: ExpertSettings): Readonly<Record<string, unknown>> {
  const { model, temperature, topP, maxTokens, seed, extraBody, imageDetail } = expert;
  return { model, temperature, topP, maxTokens, seed, extraBody, imageDetail };
}

const MAX_ASKS = 2;
/** How often a task that another worker holds is looked at. */
const LOOK_MS = 1000;
/** After these the expert has had its chance with this task; after any other error, it is as if it had not been asked. */
const GIVEN_UP = new Set(['llm-failed', 'expert-malformed']);

export interface AskContext {
  readonly state: CurationState;
  readonly signal?: AbortSignal;
}

/** Asks until the reply fits, at most twice, and stores it. Throws `expert-malformed`, or what the model throws. */
export async function askAndStore<T>(
  expert: Expert,
  task: Task,
  prompt: StagePrompt,
  read: (response: ChatResponse) => Parsed<T>,
  context: AskContext,
): Promise<StageRecord<T>> {
  const { state, signal } = context;
  for (;;) {
    const record = await expert.slots.run(async () => {
      const claimed = await state.claim<T>(task);
      if (claimed.kind === 'answered') return claimed.record;
      if (claimed.kind === 'held') return undefined;
      return work(expert, { task, claimed, prompt, read }, context).catch(unlessLost);
    }, signal);
    if (record) {
      // The slot is free already: a disk that syncs slowly costs no requests.
      await state.synced();
      return record;
    }
    await sleep(LOOK_MS, signal);
  }
}

interface Work<T> {
  readonly task: Task;
  readonly claimed: Claimed;
  readonly prompt: StagePrompt;
  readonly read: (response: ChatResponse) => Parsed<T>;
}

async function work<T>(expert: Expert, work: Work<T>, context: AskContext): Promise<StageRecord<T>> {
  try {
    return await askChecked(expert, work, context);
  } catch (error) {
    const failed = error instanceof VideorftError && GIVEN_UP.has(error.code);
    await context.state.release(work.claimed.lease, failed ? 'failed' : 'interrupted').catch(unlessLost);
    throw error;
  }
}

/** A task that another worker has taken over is not ours to settle or give back; what cannot be written (`state-write`) must stop the run. */
function unlessLost(error: unknown): undefined {
  if (!(error instanceof VideorftError && error.code === 'state-lease-lost')) throw error;
}

async function askChecked<T>(
  expert: Expert,
  { task, claimed, prompt, read }: Work<T>,
  { state, signal }: AskContext,
): Promise<StageRecord<T>> {
  const { lease } = claimed;
  const journal = createJournal(state, task, claimed);
  let unfit = claimed.unfit;
  for (let asks = unfit ? 2 : 1; ; asks++) {
    const messages = unfit ? reaskMessages(prompt.messages, unfit.text, unfit.problem) : prompt.messages;
    const response = await send(expert, { ...prompt, messages }, task, journal, signal);
    const { model, text, usage } = response;
    const parsed = read(response);
    if (parsed.ok) {
      return state.complete(
        lease,
        journal.last(),
        { model, promptVersion: prompt.version, value: parsed.value },
        usage,
      );
    }
    unfit = { text, problem: parsed.problem };
    await state.unfit(lease, journal.last(), unfit, usage);
    if (asks === MAX_ASKS) throw malformed(expert, prompt, response, parsed.problem, task.sample);
  }
}

interface StateJournal extends AttemptJournal {
  /** Number of the attempt begun last. */
  last(): number;
}

function createJournal(state: CurationState, { stage, key }: Task, { lease, failures }: Claimed): StateJournal {
  let attempt = 0;
  return {
    failures,
    last: () => attempt,
    async begin() {
      attempt = await state.begin(lease);
    },
    fail: (kind) => state.fail(lease, attempt, kind),
    batch: {
      name: `${stage} ${key}`,
      store: state.batches,
      async resume() {
        const last = await state.resume(lease);
        attempt = last ?? attempt;
        return last !== undefined;
      },
    },
  };
}

function send(
  { model, config }: Expert,
  { messages, jsonSchema }: StagePrompt,
  { sample }: Task,
  journal: AttemptJournal,
  signal: AbortSignal | undefined,
): Promise<ChatResponse> {
  return model.chat({
    messages,
    jsonSchema,
    temperature: config.temperature,
    top_p: config.topP,
    max_tokens: config.maxTokens,
    seed: config.seed,
    sampleId: String(sample),
    journal,
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
