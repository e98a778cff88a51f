// A judge of free-form answers, only where one is asked for: a chat model that sees no video says whether an answer means what the reference means.
// It is shown the question as the model was asked it, and the answer without the reasoning, which would persuade it. Leaves out: what its verdict
// does to a row (row.ts), which rows of which file (recipes/judge-results.ts).
import { VideorftError } from '../base/errors.ts';
import type { ChatMessage, ChatModel } from '../llm/index.ts';
import { judgementSchema, judgePrompt } from '../prompt/judge.ts';
import { wordsOf } from '../prompt/messages.ts';
import { parseJsonReply, reaskMessages, type StagePrompt } from '../prompt/stage-prompt.ts';
import { questionFailure } from './respondent.ts';
import type { EvaluatedRow, JudgedAnswer } from './row.ts';

/** Tokens of a verdict, reasoning included. */
const MAX_TOKENS = 4096;

/** Where rules decide, no judge is asked; where there is no answer, there is nothing to judge. */
export const isJudgeable = ({ type, error, extracted }: EvaluatedRow): boolean =>
  type === 'free-form' && error === null && extracted !== null;

/** What the judge is asked about the row's answer. */
export const judgeRequest = (row: EvaluatedRow): StagePrompt =>
  judgePrompt(
    { problem: wordsOf(row.request?.messages ?? []), options: row.options && [...row.options], solution: row.solution },
    row.extracted ?? '',
  );

/** The verdict, or why there is none: 'judge-malformed', llm-…. Rejects where no further row can succeed: aborted, llm-refused, llm-down, llm-no-key. */
export async function askJudge(
  row: EvaluatedRow,
  model: ChatModel,
  signal?: AbortSignal,
): Promise<JudgedAnswer | VideorftError> {
  const { version, messages, jsonSchema } = judgeRequest(row);
  const ask = async (asked: readonly ChatMessage[]) => {
    const request = { messages: asked, temperature: 0, max_tokens: MAX_TOKENS, jsonSchema, sampleId: row.id, signal };
    const { text } = await model.chat(request);
    return { text, parsed: parseJsonReply(text, judgementSchema) };
  };
  try {
    let { text, parsed } = await ask(messages);
    if (!parsed.ok) ({ text, parsed } = await ask(reaskMessages(messages, text, parsed.problem)));
    if (!parsed.ok)
      return new VideorftError(`the judge gave no verdict, asked twice: ${parsed.problem}`, {
        code: 'judge-malformed',
        facts: { question: row.id, begins: text.slice(0, 200) },
      });
    return { model: model.name, prompt: version, answer: row.extracted ?? '', ...parsed.value };
  } catch (error) {
    return questionFailure(error, signal);
  }
}
