// Conversations (LLaVA: conversations of from and value; ms-swift, LLaMA-Factory: messages of role and content) → one record a turn,
// in the names of fields.ts. Leaves out: system prompts, which no stage here has.
import { type Issue, issue } from '../issues.ts';
import type { Values } from './fields.ts';

export interface Turn {
  readonly record?: Values;
  readonly issues: readonly Issue[];
}

interface Utterance {
  readonly speaker: 'user' | 'assistant' | 'system';
  readonly text: string;
}

const speakers = new Map<string, Utterance['speaker']>([
  ['human', 'user'],
  ['user', 'user'],
  ['gpt', 'assistant'],
  ['assistant', 'assistant'],
  ['model', 'assistant'],
  ['system', 'system'],
]);

const conversationOf = (record: Values): unknown => record.conversations ?? record.messages;

export const isConversation = (record: Values): boolean => conversationOf(record) !== undefined;

/** Every question with its answer; the media and the other columns belong to each. */
export function turnsOf(record: Values): Turn[] {
  const { conversations: _, messages: __, ...rest } = record;
  const said = utterances(conversationOf(record));
  if (typeof said === 'string') return [{ issues: [issue('row-type', said)] }];
  const talk = said.filter(({ speaker }) => speaker !== 'system');
  const alternates = talk.every(({ speaker }, i) => speaker === (i % 2 === 0 ? 'user' : 'assistant'));
  if (talk.length === 0 || talk.length % 2 === 1 || !alternates) {
    const order = talk.map(({ speaker }) => speaker).join(', ') || 'nobody speaks';
    return [{ issues: [issue('row-turns', `conversations: turns are not pairs of user and assistant (${order})`)] }];
  }
  const several = talk.length > 2;
  return Array.from({ length: talk.length / 2 }, (_turn, i) => ({
    issues: [],
    record: {
      ...rest,
      ...idOf(rest, several ? i + 1 : undefined),
      ...pair(talk[2 * i].text, talk[2 * i + 1].text, rest),
    },
  }));
}

function utterances(value: unknown): Utterance[] | string {
  if (!Array.isArray(value)) return 'conversations: expected a list of turns';
  const out: Utterance[] = [];
  for (const [i, turn] of value.entries()) {
    const { from, role, value: said, content } = (turn ?? {}) as Values;
    const speaker = speakers.get(String(from ?? role));
    const text = textOf(said ?? content);
    if (!speaker || text === undefined)
      return `conversations.${i}: expected from (human, gpt) and value, or role and content`;
    out.push({ speaker, text });
  }
  return out;
}

/** Text, or the text parts of a list of parts. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const parts = (content as readonly (Values | null)[]).flatMap((part) =>
    part?.type === 'text' && typeof part.text === 'string' ? [part.text] : [],
  );
  return parts.join('\n');
}

function idOf(rest: Values, turn: number | undefined): Values {
  const id = rest.problem_id ?? rest.id;
  return id === undefined || turn === undefined ? {} : { problem_id: `${String(id)}#${turn}`, id: undefined };
}

/** The placeholder of the media is no part of the question; a chain of thought in front of the answer is its process. */
function pair(question: string, answer: string, rest: Values): Values {
  const process = /^\s*(<think>[\s\S]*<\/think>)\s*/.exec(answer);
  return {
    problem: question.replaceAll(/<(?:image|video)>\s*/g, '').trim(),
    solution: rest.solution ?? (process ? answer.slice(process[0].length) : answer),
    ...(process ? { process: process[1] } : {}),
  };
}
