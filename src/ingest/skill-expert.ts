// Skill groups by an expert, for samples whose source tells none: many questions a request, each asked once and kept in skills.jsonl.
// Leaves out: the endpoint (cli/ makes the model) and the wording (prompt/skill.ts).
import { VideorftError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import { appendJsonl, rowsIfPresent } from '../base/jsonl.ts';
import { log } from '../base/log.ts';
import { mapPool } from '../base/pool.ts';
import { createProgress } from '../base/progress.ts';
import type { Sample, Skill } from '../data/sample.ts';
import type { ChatModel } from '../llm/port.ts';
import { readSkills, skillPrompt, version } from '../prompt/skill.ts';
import { reaskMessages } from '../prompt/stage-prompt.ts';
import type { Draw } from './draw.ts';

export interface SkillExpert {
  readonly model: ChatModel;
  /** Requests in flight. */
  readonly concurrency: number;
}

type Question = Pick<Sample, 'problem' | 'options' | 'data_type'>;

const BATCH = 16;
const MAX_ASKS = 2;
/** Of a long question its beginning tells the skill. */
const SHOWN = 2000;

/** What the expert has said, by question, model and version of the prompt. */
export class SkillBook {
  readonly #file: string;
  readonly #model: string;
  readonly #skills = new Map<string, Skill>();

  private constructor(file: string, model: string) {
    this.#file = file;
    this.#model = model;
  }

  static async open(file: string, model: string): Promise<SkillBook> {
    const book = new SkillBook(file, model);
    for (const { key, skill } of await rowsIfPresent<{ key: string; skill: Skill }>(file)) book.#skills.set(key, skill);
    return book;
  }

  #key({ problem, options, data_type }: Question): string {
    return sha256(JSON.stringify([version, this.#model, problem, options ?? [], data_type])).slice(0, 32);
  }

  skillOf(question: Question): Skill | undefined {
    return this.#skills.get(this.#key(question));
  }

  async add(question: Question, skill: Skill): Promise<void> {
    const key = this.#key(question);
    this.#skills.set(key, skill);
    await appendJsonl(this.#file, { key, skill });
  }
}

export interface AssignOptions {
  readonly signal?: AbortSignal;
  /** Draws a progress bar on stderr. */
  readonly progress?: boolean;
}

/**
 * Asks about every drawn sample without a skill. A question about which no reply fits stays without one, and is asked
 * again in the next run. Rejects with what the model throws, after what has been answered is stored.
 */
export async function assignSkills(
  draw: Draw,
  expert: SkillExpert,
  book: SkillBook,
  options: AssignOptions,
): Promise<void> {
  const open = await openQuestions(draw, book);
  const batches = Array.from({ length: Math.ceil(open.length / BATCH) }, (_, i) =>
    open.slice(i * BATCH, (i + 1) * BATCH),
  );
  const bar = options.progress ? createProgress({ label: 'skills', total: open.length, unit: 'questions' }) : undefined;
  let unfit = 0;
  const one = async (batch: readonly Question[]): Promise<void> => {
    const skills = await ask(expert.model, batch, options.signal);
    if (skills) await Promise.all(batch.map((question, i) => book.add(question, skills[i])));
    else if (batch.length > 1) return void (await halves(batch));
    else unfit++;
    bar?.advance(batch.length);
  };
  // One question that spoils the reply must not take its neighbours along.
  const halves = async (batch: readonly Question[]): Promise<void> => {
    const middle = batch.length >> 1;
    await one(batch.slice(0, middle));
    await one(batch.slice(middle));
  };
  try {
    await mapPool(batches, expert.concurrency, one, { signal: options.signal });
  } finally {
    bar?.finish();
  }
  if (unfit > 0)
    log.warn(`${expert.model.name} gave no usable reply about ${unfit} questions; their skill stays unknown`);
}

/** Each question once; only what the expert is shown is held. */
async function openQuestions(draw: Draw, book: SkillBook): Promise<Question[]> {
  const open = new Map<string, Question>();
  for await (const { row, isTaken } of draw()) {
    if (!isTaken || row.skill !== undefined || book.skillOf(row) !== undefined) continue;
    const { problem, options, data_type } = row;
    open.set(JSON.stringify([problem, options, data_type]), { problem, options, data_type });
  }
  return [...open.values()];
}

async function ask(
  model: ChatModel,
  batch: readonly Question[],
  signal?: AbortSignal,
): Promise<readonly Skill[] | undefined> {
  const shown = batch.map((question) => ({ ...question, problem: question.problem.slice(0, SHOWN) }));
  const prompt = skillPrompt(shown);
  let messages = prompt.messages;
  for (let asks = 0; asks < MAX_ASKS; asks++) {
    const { text } = await model.chat({ ...prompt, messages, temperature: 0, max_tokens: 1024, signal });
    const parsed = readSkills(text, batch.length);
    if (parsed.ok) return parsed.value;
    messages = reaskMessages(prompt.messages, text, parsed.problem);
  }
  return undefined;
}

/** Throws 'ingest-skill-expert' where only one of address and model is given. */
export function wantsSkillExpert({ baseURL, model }: { readonly baseURL?: string; readonly model?: string }): boolean {
  if ((baseURL === undefined) === (model === undefined)) return model !== undefined;
  throw new VideorftError('The expert for skills needs both an address and a model.', {
    code: 'ingest-skill-expert',
    facts: { baseURL, model },
    fix: 'Give skillExpert.baseURL and skillExpert.model, or neither.',
  });
}
