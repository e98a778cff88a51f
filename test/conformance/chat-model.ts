// What every adapter of the chat-model port does, as one suite: call it in the adapter's test with a way to start one.
import { describe, expect, test } from 'vitest';
import { VideorftError } from '../../src/base/errors.ts';
import type { ChatModel, ChatRequest } from '../../src/llm/port.ts';

/** What the expert behind the adapter says: `echo` repeats the last text of the request, `fail` never gives an answer. */
export type Behaviour = 'echo' | 'fail' | 'empty' | 'hang' | 'thinks';

export interface Subject extends AsyncDisposable {
  readonly model: ChatModel;
  /** How often the expert behind the adapter was asked. */
  asked(): number;
}

const ask = (text: string, rest: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [
    { role: 'system', content: 'Repeat.' },
    {
      role: 'user',
      content: [
        { type: 'image', jpeg: Uint8Array.of(255, 216, 255), timeSeconds: 1.5 },
        { type: 'text', text },
      ],
    },
  ],
  sampleId: 'sample-1',
  ...rest,
});

/** `thinks` answers 'B' with the reasoning 'because'. */
export function chatModelConformance(name: string, start: (behaviour: Behaviour) => Promise<Subject>): void {
  describe(`chat-model port: ${name}`, () => {
    test('an answer has text, model, finish reason, usage and the number of attempts', async () => {
      await using subject = await start('echo');
      const response = await subject.model.chat(ask('hello'));
      expect(response).toMatchObject({ text: 'hello', model: subject.model.name, finishReason: 'stop', attempts: 1 });
      expect(response.reasoning).toBeUndefined();
      expect(response.usage.promptTokens).toBeGreaterThan(0);
      expect(response.usage.completionTokens).toBeGreaterThan(0);
    });

    test('reasoning comes apart from the text', async () => {
      await using subject = await start('thinks');
      expect(await subject.model.chat(ask('A or B?'))).toMatchObject({ text: 'B', reasoning: 'because' });
    });

    test('concurrent calls get their own answers', async () => {
      await using subject = await start('echo');
      const texts = Array.from({ length: 20 }, (_, i) => `question ${i}`);
      const responses = await Promise.all(texts.map((text) => subject.model.chat(ask(text))));
      expect(responses.map((response) => response.text)).toEqual(texts);
      expect(subject.asked()).toBe(20);
    });

    test.each(['fail', 'empty'] as const)(
      '%s is an error that names the sample, never an answer',
      async (behaviour) => {
        await using subject = await start(behaviour);
        const error = await subject.model.chat(ask('hello')).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(VideorftError);
        expect(error).toMatchObject({ code: 'llm-failed', facts: { sample: 'sample-1', model: subject.model.name } });
        expect((error as VideorftError).facts.attempts).toBeGreaterThan(0);
      },
    );

    test.each(['echo', 'fail', 'empty'] as const)(
      '%s: every attempt is in the journal before it goes out, and one without an answer ends there',
      async (behaviour) => {
        await using subject = await start(behaviour);
        const kinds: string[] = [];
        const askedBefore: number[] = [];
        const journal = {
          failures: 0,
          begin: async () => void askedBefore.push(subject.asked()),
          fail: async (kind: string) => void kinds.push(kind),
        };
        await subject.model.chat(ask('hello', { journal })).catch(() => undefined);
        expect(askedBefore).toEqual(Array.from({ length: subject.asked() }, (_, i) => i));
        expect(kinds).toHaveLength(behaviour === 'echo' ? 0 : subject.asked());
      },
    );

    test('an aborted signal asks nobody', async () => {
      await using subject = await start('echo');
      const signal = AbortSignal.abort(new Error('stop'));
      await expect(subject.model.chat(ask('hello', { signal }))).rejects.toThrow('stop');
      expect(subject.asked()).toBe(0);
    });

    test('an abort during the call ends it with the reason', async () => {
      await using subject = await start('hang');
      const controller = new AbortController();
      const call = subject.model.chat(ask('hello', { signal: controller.signal }));
      setTimeout(() => controller.abort(new Error('stop')), 20);
      await expect(call).rejects.toThrow('stop');
    });
  });
}
