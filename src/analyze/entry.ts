// A record of any data set → what an analysis looks at: question, kind, reasoning, draft. Lenient, because a table or another project's file
// is read as well; a record without a question is set aside with its reason. Pure. Leaves out: reading files (source.ts).

export interface Entry {
  /** 1-based place in its file. */
  readonly line: number;
  readonly problem: string;
  readonly path: string;
  readonly skill: string;
  readonly type: string;
  readonly medium: string;
  readonly source: string;
  /** Text of the reasoning without tags; '' where there is none. */
  readonly reasoning: string;
  /** The blind draft that refinement started from; '' where there is none. */
  readonly draft: string;
  /** Open-ended: cosine of the answer to its reference. */
  readonly similarity: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The inside of <think>, or what stands before <answer>, or all of it. */
export function reasoningText(completion: string): string {
  const open = completion.indexOf('<think>');
  const close = completion.indexOf('</think>');
  const end = close >= 0 ? close : completion.indexOf('<answer>');
  return completion.slice(open < 0 ? 0 : open + '<think>'.length, end < 0 ? undefined : end).trim();
}

/** Our Parquet form keeps fields without a column as JSON in `extra`. */
function withExtra(row: Fields): Fields {
  if (typeof row.extra !== 'string') return row;
  try {
    const extra: unknown = JSON.parse(row.extra);
    return isFields(extra) ? { ...extra, ...row } : row;
  } catch {
    return row;
  }
}

interface Turn {
  readonly isAnswer: boolean;
  readonly text: string;
}

/** Conversations as ms-swift, LLaMA-Factory (messages) and LLaVA (conversations) have them. */
function turnsOf({ messages, conversations }: Fields): Turn[] {
  const turns = Array.isArray(messages) ? messages : Array.isArray(conversations) ? conversations : [];
  return turns.filter(isFields).map((turn) => ({
    isAnswer: ['assistant', 'gpt'].includes(text(turn.role ?? turn.from)),
    text: text(turn.content ?? turn.value),
  }));
}

function fromConversation(row: Fields): Fields {
  const turns = turnsOf(row);
  const question = turns.find(({ isAnswer }) => !isAnswer)?.text.replace(/<(?:video|image)>\s*/g, '');
  const answer = turns.find(({ isAnswer }) => isAnswer)?.text ?? '';
  const [video, image] = [
    [row.videos, row.video],
    [row.images, row.image],
  ].map(([list, one]) => text(Array.isArray(list) ? list[0] : (list ?? one)));
  const medium = video ? 'video' : image ? 'image' : undefined;
  const process = /<think>/.test(answer) ? answer : '';
  return { problem: question, process, path: video || image, data_type: medium, ...row };
}

function similarityOf({ curation }: Fields): number | undefined {
  const filter = isFields(curation) ? curation.filter : undefined;
  const value = isFields(filter) ? filter.similarity : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** An entry, or why the record is none. */
export function entryOf(value: unknown, line: number): Entry | string {
  if (!isFields(value)) return 'not an object';
  const whole = withExtra(value);
  const row = 'problem' in whole ? whole : fromConversation(whole);
  const problem = text(row.problem ?? row.question).trim();
  if (problem === '') return 'no question (problem, question, messages or conversations)';
  return {
    line,
    problem,
    path: text(row.path ?? row.video ?? row.image),
    skill: text(row.skill) || 'unknown',
    type: text(row.problem_type) || 'unknown',
    medium: text(row.data_type) || 'unknown',
    source: text(row.data_source) || 'unknown',
    reasoning: reasoningText(text(row.process)),
    draft: reasoningText(text(row.draft)),
    similarity: similarityOf(row),
  };
}
