// Replies and errors in the shape of the OpenAI chat.completions protocol.
import type { Reply } from '../experts.ts';
import type { ChatContent } from './chat-request.ts';

/** About four characters to a token, and 85 tokens for a small picture: an estimate, as no tokenizer is involved. */
const tokensOf = (text: string): number => Math.ceil(text.length / 4);

/** The body of a finished answer. */
export function completionBody(id: number, model: string, content: ChatContent, reply: Reply) {
  const prompt = tokensOf(content.text) + 85 * content.pictures.length;
  const thought = tokensOf(reply.reasoning ?? '');
  const completion = tokensOf(reply.content) + thought;
  const reasoning = reply.reasoning === undefined ? {} : { reasoning_content: reply.reasoning };
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion' as const,
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant' as const, content: reply.content, refusal: null, ...reasoning },
        logprobs: null,
        finish_reason: 'stop' as const,
      },
    ],
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      completion_tokens_details: { reasoning_tokens: thought },
    },
  };
}

export function errorBody(message: string, type: string, code: string | null = null) {
  return { error: { message, type, param: null, code } };
}

/** What a model that loses its thread returns: JSON cut in the middle, an answer without its tag. */
export function broken({ content, reasoning }: Reply): Reply {
  const half = content.slice(0, Math.ceil(content.length / 2));
  return { content: half.replace('<answer>', '').replace('<', ''), ...(reasoning !== undefined && { reasoning }) };
}
