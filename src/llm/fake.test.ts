// The fake meets the port's conformance suite, and records what it was asked.
import { expect, test } from 'vitest';
import { type Behaviour, chatModelConformance } from '../../test/conformance/chat-model.ts';
import { createFakeChatModel, type FakeReply } from './fake.ts';
import type { ChatRequest } from './port.ts';

function behave(behaviour: Behaviour, request: ChatRequest): FakeReply | Promise<FakeReply> {
  if (behaviour === 'fail') throw new Error('no');
  if (behaviour === 'hang') return new Promise(() => {});
  if (behaviour === 'empty') return '';
  if (behaviour === 'thinks') return { text: 'B', reasoning: 'because' };
  const part = request.messages.at(-1)?.content.at(-1);
  return typeof part === 'object' && part.type === 'text' ? part.text : '';
}

chatModelConformance('fake', async (behaviour) => {
  const model = createFakeChatModel((request) => behave(behaviour, request));
  return { model, asked: () => model.calls.length, [Symbol.asyncDispose]: async () => {} };
});

test('calls are recorded in order, failed ones too, with the most that were under way at once', async () => {
  const model = createFakeChatModel(async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (index === 1) throw new Error('no');
    return 'yes';
  });
  const ask = (content: string) => model.chat({ messages: [{ role: 'user', content }] });
  await Promise.allSettled([ask('a'), ask('b')]);
  await ask('c');
  expect(model.calls.map((call) => call.messages[0].content)).toEqual(['a', 'b', 'c']);
  expect(model.maxInFlight).toBe(2);
});
