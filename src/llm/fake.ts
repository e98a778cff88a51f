// A chat model without a network: answers from a function and records every call. For tests of whatever talks to experts.
import { VideorftError } from '../base/errors.ts';
import { untilAborted } from '../base/limit.ts';
import type { ChatModel, ChatRequest, ChatResponse } from './port.ts';

export type FakeReply = string | Partial<ChatResponse>;

export interface FakeChatModel extends ChatModel {
  /** Every request in the order of arrival, failed ones included. */
  readonly calls: readonly ChatRequest[];
  /** Most calls that were under way at once. */
  readonly maxInFlight: number;
}

/** `reply` gets the request and its index; what it throws becomes `llm-failed`, as with a real adapter after its retries. */
export function createFakeChatModel(
  reply: (request: ChatRequest, index: number) => FakeReply | Promise<FakeReply>,
  name = 'fake',
): FakeChatModel {
  const calls: ChatRequest[] = [];
  let inFlight = 0;
  let maxInFlight = 0;
  const answer = async (request: ChatRequest): Promise<ChatResponse> => {
    const given = await untilAborted(Promise.resolve(reply(request, calls.push(request) - 1)), request.signal);
    const { text = '', ...rest } = typeof given === 'string' ? { text: given } : given;
    if (text.trim() === '') throw new Error('empty answer');
    const usage = { promptTokens: countWords(request), completionTokens: text.split(/\s+/).length };
    return { text, reasoning: undefined, model: name, finishReason: 'stop', usage, attempts: 1, ...rest };
  };
  return {
    name,
    calls,
    get maxInFlight() {
      return maxInFlight;
    },
    async chat(request) {
      request.signal?.throwIfAborted();
      maxInFlight = Math.max(maxInFlight, ++inFlight);
      try {
        await request.journal?.begin();
        return await answer(request);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (!(error instanceof VideorftError)) await request.journal?.fail('server-error');
        if (error instanceof VideorftError) throw error;
        const facts = { model: name, sample: request.sampleId, attempts: 1 };
        throw new VideorftError(`The endpoint gave no usable answer: ${(error as Error).message}.`, {
          code: 'llm-failed',
          facts,
          cause: error,
        });
      } finally {
        inFlight--;
      }
    },
  };
}

const countWords = ({ messages }: ChatRequest): number =>
  messages
    .flatMap(({ content }) =>
      typeof content === 'string' ? [content] : content.map((part) => (part.type === 'text' ? part.text : 'image')),
    )
    .join(' ')
    .split(/\s+/).length;
