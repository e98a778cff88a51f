// The batch interface: the server of the tests speaks with the official client, and ours speaks with the server; lines that fail, batches that end badly,
// and what is submitted twice, which is nothing.
import { setTimeout } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';
import { expect, test } from 'vitest';
import { type BatchScript, type BatchServer, startBatchServer } from '../../../test/support/batch-server.ts';
import { type WireBody, wireText } from '../../../test/support/chat-server.ts';
import { failureOf } from '../../../test/support/failure.ts';
import { batchSchema, endpointSchema } from '../config.ts';
import type { AttemptJournal, BatchRecord, FailureKind } from '../port.ts';
import { createBatchModel } from './model.ts';

const echo = (body: WireBody) => ({ text: `you said ${wireText(body)}` });
const settings = (rest: object = {}) =>
  batchSchema.parse({ use: true, gatherSeconds: 0.02, pollSeconds: 0.01, ...rest });

/** The model of a process; several of them may share a store. */
function modelOf({ baseURL }: BatchServer, rest: { batch?: object; endpoint?: object } = {}) {
  const endpoint = endpointSchema.parse({ baseURL, model: 'm', ...rest.endpoint });
  return createBatchModel(endpoint, settings(rest.batch), { baseDelayMs: 1, maxDelayMs: 5 });
}

/** A store in memory, and journals of tasks in it. */
function createAccounts() {
  const records = new Map<string, BatchRecord>();
  const failed: FailureKind[] = [];
  let begun = 0;
  const store = {
    all: async () => [...records.values()],
    save: async (record: BatchRecord) => void records.set(record.id, record),
    remove: async (id: string) => void records.delete(id),
  };
  const journal = (name: string, lost = false): AttemptJournal => ({
    failures: 0,
    async begin() {
      begun++;
    },
    async fail(kind) {
      failed.push(kind);
    },
    batch: { name, store, resume: async () => lost },
  });
  return { records, failed, journal, begun: () => begun };
}

const ask = (model: ReturnType<typeof modelOf>, text: string, rest: object = {}) =>
  model.chat({ messages: [{ role: 'user', content: text }], ...rest });

test('the official client uploads, submits, lists, looks, reads and deletes on the server of these tests', async () => {
  await using server = await startBatchServer({ reply: (body, id) => (id === 'b' ? { status: 500 } : echo(body)) });
  const client = new OpenAI({ baseURL: server.baseURL, apiKey: 'none', maxRetries: 0 });
  const line = (custom_id: string) =>
    JSON.stringify({
      ...{ custom_id, method: 'POST', url: '/v1/chat/completions' },
      body: { model: 'm', messages: [{ role: 'user', content: custom_id }] },
    });
  const file = await client.files.create({
    file: await toFile(Buffer.from(`${line('a')}\n${line('b')}\n`), 'lines.jsonl'),
    purpose: 'batch',
  });
  const wish = { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' } as const;
  const made = await client.batches.create(wish);
  expect(made).toMatchObject({ status: 'validating', input_file_id: file.id });
  const other = await client.batches.create(wish);
  const listed: string[] = [];
  for await (const { id } of client.batches.list({ limit: 1 })) listed.push(id);
  expect(listed).toEqual([other.id, made.id]);
  expect((await client.batches.retrieve(made.id)).status).toBe('in_progress');
  const over = await client.batches.retrieve(made.id);
  expect(over.status).toBe('completed');
  const output = JSON.parse(await (await client.files.content(over.output_file_id as string)).text());
  expect(output).toMatchObject({ custom_id: 'a', error: null, response: { status_code: 200 } });
  expect(output.response.body.choices[0].message.content).toBe('you said a');
  const errors = JSON.parse(await (await client.files.content(over.error_file_id as string)).text());
  expect(errors).toMatchObject({ custom_id: 'b', response: { status_code: 500 } });
  expect((await client.batches.cancel(other.id)).status).toBe('cancelled');
  expect(await client.files.delete(file.id)).toMatchObject({ deleted: true });
  await expect(client.batches.retrieve('none')).rejects.toMatchObject({ status: 404 });
});

test('questions that wait together go in one batch, answers come by name, and in the end nothing is left there', async () => {
  await using server = await startBatchServer({ reply: echo });
  const { records, journal, begun } = createAccounts();
  const model = modelOf(server);
  const texts = Array.from({ length: 20 }, (_, i) => `question ${i}`);
  const answers = await Promise.all(texts.map((text) => ask(model, text, { journal: journal(text) })));
  expect(answers.map(({ text }) => text)).toEqual(texts.map((text) => `you said ${text}`));
  expect(answers[0]).toMatchObject({ attempts: 1, usage: { promptTokens: 11, completionTokens: 7 } });
  expect(server.submitted.map((lines) => lines.length)).toEqual([20]);
  expect(begun()).toBe(20);
  expect(records.size).toBe(1);
  await model.finish?.();
  expect(records.size).toBe(0);
  expect([...server.files.values()].join('')).not.toContain('"custom_id":"question');
  expect(server.files.size).toBe(1); // what it answered
});

test('a full batch goes at once, by number and by bytes; the same words of two tasks are two requests', async () => {
  await using server = await startBatchServer({ reply: echo });
  const { journal } = createAccounts();
  const model = modelOf(server, { batch: { requests: 3 } });
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => ask(model, 'same', { journal: journal(name) })));
  expect(server.submitted.map((lines) => lines.length).sort()).toEqual([1, 3]);
  const small = modelOf(server, { batch: { megabytes: 0.001 } });
  await Promise.all(['x', 'y', 'z'].map((text) => ask(small, text.repeat(400))));
  expect(server.submitted.slice(2).map((lines) => lines.length)).toEqual([1, 1, 1]);
});

/** Asks once; the first batch (or first answer) goes wrong as the script says, the next is well. */
async function afterTrouble(trouble: Partial<BatchScript>) {
  let asked = 0;
  const reply: BatchScript['reply'] = (body, id) =>
    asked++ === 0 && trouble.reply ? trouble.reply(body, id) : echo(body);
  await using server = await startBatchServer({ ...trouble, reply });
  const { journal, failed } = createAccounts();
  const outcome = await ask(modelOf(server), 'hello', { journal: journal('t') }).then(
    ({ text, attempts }) => ({ text, attempts }),
    ({ code }) => ({ code }),
  );
  return { ...outcome, failed, batches: server.submitted.length };
}
const onlyFirst = (end: 'failed' | 'expired' | 'cancelled') => (batch: number) => (batch === 0 ? end : 'completed');
const well = { text: 'you said hello', attempts: 2, batches: 2 };

test('a line that failed is sent again in another batch, and noted as what it was', async () => {
  expect(await afterTrouble({ reply: () => ({ status: 500 }) })).toEqual({ ...well, failed: ['server-error'] });
  expect(await afterTrouble({ reply: () => ({ status: 429 }) })).toEqual({ ...well, failed: ['rate-limit'] });
  expect(await afterTrouble({ reply: () => ({ text: '' }) })).toEqual({ ...well, failed: ['empty'] });
  expect(await afterTrouble({ reply: () => undefined })).toEqual({ ...well, failed: ['broken-body'] });
  const never = { code: 'llm-failed', batches: 1 };
  expect(await afterTrouble({ reply: () => ({ status: 400 }) })).toEqual({ ...never, failed: ['rejected'] });
});

test('a batch that expired or was cancelled is sent again; one that failed is not, unless for want of room', async () => {
  const none = { reply: () => undefined };
  expect(await afterTrouble({ ...none, end: onlyFirst('expired') })).toEqual({ ...well, failed: ['timeout'] });
  expect(await afterTrouble({ ...none, end: onlyFirst('cancelled') })).toEqual({ ...well, failed: ['server-error'] });
  // What was answered before it expired counts.
  expect(await afterTrouble({ end: onlyFirst('expired') })).toEqual({ ...well, attempts: 1, batches: 1, failed: [] });
  const failed = await afterTrouble({ end: onlyFirst('failed') });
  expect(failed).toEqual({ code: 'llm-failed', batches: 1, failed: ['rejected'] });
  const full = await afterTrouble({ end: onlyFirst('failed'), failure: 'token_limit_exceeded' });
  expect(full).toEqual({ ...well, failed: ['rate-limit'] });
});

test('an endpoint without a batch interface, or with one that is down, stops the run', async () => {
  await using server = await startBatchServer({ reply: echo });
  const other = modelOf({ ...server, baseURL: server.baseURL.replace('/v1', '/v2') });
  expect(await failureOf(ask(other, 'hello'))).toMatchObject({ code: 'llm-refused' });
  await using broken = await startBatchServer({ reply: echo, call: () => Promise.reject(new Error('down')) });
  const impatient = modelOf(broken, { endpoint: { downPatienceSeconds: 0.01, maxAttempts: 2 } });
  expect(await failureOf(ask(impatient, 'hello'))).toMatchObject({ code: 'llm-batch' });
});

test.each(['POST /files', 'GET /batches', 'POST /batches', 'GET /batches/batch_1', 'GET /files/file-2/content'])(
  'a process that ends in %s, before or after it is done, is followed by one that submits nothing twice',
  async (where) => {
    for (const when of ['before', 'after']) {
      const stop = new AbortController();
      let isOver = false;
      const call = (name: string, at: string) => {
        if (isOver || name !== where || at !== when) return;
        isOver = true;
        stop.abort(new Error('killed'));
      };
      await using server = await startBatchServer({ reply: echo, call });
      const { journal, begun } = createAccounts();
      const texts = ['one', 'two', 'three'];
      const first = modelOf(server);
      const killed = texts.map((text) => ask(first, text, { journal: journal(text), signal: stop.signal }));
      for (const each of killed) await expect(each).rejects.toThrow('killed');
      // What it had sent arrives before the next one looks, as it does in the time that a start takes.
      await setTimeout(50);
      const before = begun();
      const next = modelOf(server);
      const answers = await Promise.all(texts.map((text) => ask(next, text, { journal: journal(text, true) })));
      expect(answers.map(({ text }) => text)).toEqual(texts.map((text) => `you said ${text}`));
      expect(begun()).toBe(before);
      const ids = server.submitted.flat().map(({ custom_id }) => custom_id);
      expect({ where, when, ids: ids.length, distinct: new Set(ids).size }).toEqual({
        where,
        when,
        ids: 3,
        distinct: 3,
      });
    }
  },
);

test.each([
  ['POST /batches', 'before', 'files'],
  ['GET /batches/batch_1', 'before', 'all'],
  ['GET /files/file-2/content', 'before', 'files'],
] as const)(
  'what the vendor has forgotten since a process ended in %s is asked again, each question in an attempt of its own',
  async (where, when, what) => {
    const stop = new AbortController();
    let stopped = false;
    const call = (name: string, at: string) => {
      if (stopped || name !== where || at !== when) return;
      stopped = true;
      stop.abort(new Error('killed'));
      throw new Error('not worked on');
    };
    await using server = await startBatchServer({ reply: echo, call });
    const { journal, begun, failed } = createAccounts();
    const texts = ['one', 'two'];
    const first = modelOf(server);
    const killed = texts.map((text) => ask(first, text, { journal: journal(text), signal: stop.signal }));
    for (const each of killed) await expect(each).rejects.toThrow('killed');
    const sent = server.submitted.length;
    server.forget(what);
    const next = modelOf(server);
    const answers = await Promise.all(texts.map((text) => ask(next, text, { journal: journal(text, true) })));
    expect(answers.map(({ text }) => text)).toEqual(texts.map((text) => `you said ${text}`));
    expect({ begun: begun(), failed, batches: server.submitted.length - sent }).toEqual({
      begun: 4,
      failed: [],
      batches: 1,
    });
  },
);

test('a batch that vanishes under the process that made it stops the run, and the next one asks again', async () => {
  const call = (name: string) => void (name === 'GET /batches/batch_1' && server.forget('all'));
  await using server: BatchServer = await startBatchServer({ reply: echo, call });
  const { journal } = createAccounts();
  const failure = await failureOf(ask(modelOf(server), 'hello', { journal: journal('t') }));
  expect(failure).toMatchObject({ code: 'llm-batch', facts: { file: 'file-1' } });
  expect((await ask(modelOf(server), 'hello', { journal: journal('t', true) })).text).toBe('you said hello');
});
