// `videorft eval` against a scripted OpenAI-compatible endpoint: the six small releases, what is sent, one question's failure that touches only its
// row, an endpoint that refuses everything, and reasoning that is told apart.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ChatServer,
  type ScriptedReply,
  startChatServer,
  type WireBody,
  wireText,
} from '../../test/support/chat-server.ts';
import { rowsOf, runCli } from '../../test/support/cli-world.ts';
import { setLogLevel } from '../base/log.ts';
import { benchmarkNames, type EvaluatedRow } from '../evaluate/index.ts';
import { decodeImage } from '../media/index.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/benchmarks');
let dir: string;
beforeAll(() => {
  setLogLevel('silent');
  dir = mkdtempSync(join(tmpdir(), 'videorft-endpoint-'));
});
afterAll(() => {
  setLogLevel('info');
  rmSync(dir, { recursive: true, force: true });
});

const at = (name: string) => join(dir, `${name}.jsonl`);
const evaluate = (server: ChatServer, benchmark: string, out: string, ...more: readonly (string | number)[]) =>
  runCli(
    ...['eval', '--benchmark', benchmark, '--media-root', join(fixtures, benchmark), '--partial', '--out', at(out)],
    ...['--endpoint', server.baseURL, '--endpoint-model', 'tested', ...more],
  );
const answering = (reply: (body: WireBody) => ScriptedReply | string) =>
  startChatServer((body) => {
    const said = reply(body);
    return typeof said === 'string' ? { text: said } : said;
  });

const fourFrames = ['--protocol', join(fixtures, '../protocol-4-frames.json')];

test.each(benchmarkNames)('%s: each question once, its frames as ordered pictures before its text', async (name) => {
  await using server = await answering(() => '<think>It is so.</think>\n<answer>B</answer>');
  const { status, err } = await evaluate(server, name, name, ...fourFrames);
  expect([status, err]).toEqual([0, '']);
  const rows = rowsOf<EvaluatedRow>(at(name));
  expect(rows.every(({ error }) => error === null)).toBe(true);
  const truthIsB = rows.filter(({ type, solution }) => type === 'multiple choice' && solution.includes('B'));
  expect(truthIsB.every(({ outcome }) => outcome === 'right')).toBe(true);
  expect(server.requests).toHaveLength(rows.length);
  for (const body of server.requests) expect(wireText(body)).toMatch(/^(\[image\]\n){4}[^[]+$/);
});

test('the paper’s protocol unless told otherwise: 32 frames, its wording and decoding, all in the manifest', async () => {
  await using server = await answering(() => '<answer>B</answer>');
  await evaluate(server, 'mmvu', 'paper');
  const [body] = server.requests;
  expect(body).toMatchObject({
    model: 'tested',
    temperature: 0.01,
    top_p: 0.001,
    max_tokens: 1024,
    seed: expect.any(Number),
  });
  expect(wireText(body).match(/\[image\]/g)).toHaveLength(32);
  expect(wireText(body)).toContain('within the <think> </think> tags');
  const manifest = JSON.parse(readFileSync(join(dir, 'paper.manifest.json'), 'utf8'));
  expect(manifest.protocol.name).toBe('videorft-paper');
  const model = { endpoint: new URL(server.baseURL).host, name: 'tested', media: expect.stringContaining('JPEG') };
  expect(manifest.model).toEqual(model);
});

test('the pictures are the frames, at the protocol’s size', async () => {
  await using server = await answering(() => '<answer>A</answer>');
  await evaluate(server, 'mmvu', 'pictures', '--protocol', 'micro');
  // Two questions about two clips are asked at once; the other one is about velocity.
  const asked = server.requests.find((body) => !wireText(body).includes('velocity'));
  const content = asked?.messages[0].content ?? '';
  const pictures = typeof content === 'string' ? [] : content.flatMap((part) => part.image_url?.url ?? []);
  const frames = await Promise.all(pictures.map((url) => decodeImage(Buffer.from(url.split(',')[1], 'base64'))));
  expect(frames.map(({ width, height }) => `${width}x${height}`)).toEqual(new Array(8).fill('84x84'));
  // The red square crosses the picture: its column in the middle row moves on from frame to frame.
  const column = ({ data, width }: { data: Uint8Array; width: number }) =>
    Array.from({ length: width }, (_, x) => x).find((x) => data[(42 * width + x) * 3] > 180) ?? -1;
  const columns = frames.map(column);
  expect(columns).toEqual([...columns].sort((a, b) => a - b));
  expect(columns[7] - columns[0]).toBeGreaterThan(50);
});

describe('failures', () => {
  const failing = (body: WireBody): ScriptedReply => {
    if (wireText(body).includes('velocity')) return { status: 400, raw: '{"error":{"message":"too long"}}' };
    return { text: '<answer>B</answer>' };
  };

  test('a question that the endpoint cannot take is a row with its error; the others are answered, and it can be asked again', async () => {
    await using server = await answering(failing);
    const { out } = await evaluate(server, 'mmvu', 'partly', ...fourFrames);
    expect(out).toContain('answered 1 + errors 1');
    const rows = rowsOf<EvaluatedRow>(at('partly'));
    expect(
      Object.fromEntries(rows.map(({ id, outcome, error }) => [id, [outcome, error?.split(':')[0] ?? null]])),
    ).toEqual({
      validation_0: ['right', null],
      validation_1: ['error', 'llm-failed'],
    });
    const before = server.requests.length;
    await evaluate(server, 'mmvu', 'partly', ...fourFrames);
    expect(server.requests).toHaveLength(before);
    await evaluate(server, 'mmvu', 'partly', ...fourFrames, '--retry-errors');
    expect(server.requests).toHaveLength(before + 1);
  });

  test('an endpoint that refuses everything ends the evaluation: no rows of errors', async () => {
    await using server = await answering(() => ({ status: 401, raw: '{}' }));
    const { status, err } = await evaluate(server, 'mvbench', 'refused', ...fourFrames);
    expect([status, err]).toEqual([1, expect.stringContaining('llm-refused')]);
    expect(() => rowsOf(at('refused'))).toThrow(/ENOENT/);
    expect(server.requests.length).toBeLessThanOrEqual(8);
  });

  test('refusals, cut off answers and answers of another kind are columns, never wrong', async () => {
    let i = 0;
    const said: ScriptedReply[] = [
      { text: "I'm sorry, but I can't help with that." },
      { text: '', message: { reasoning_content: 'First, the square' }, finishReason: 'length' },
      { text: 'It is a matter of taste.' },
    ];
    await using server = await answering(() => said[i++ % said.length]);
    const { out } = await evaluate(
      server,
      'videomme',
      'columns',
      ...fourFrames,
      '--ladder',
      'words',
      '--concurrency',
      1,
    );
    expect(out).toMatch(/^all +3 +0 +1 +1 +1 +0\.0%/m);
    const cut = rowsOf<EvaluatedRow>(at('columns')).find(({ outcome }) => outcome === 'truncated');
    expect([cut?.output, cut?.error]).toEqual(['<think>First, the square', null]);
  });
});

test('reasoning that a server tells apart is part of the output, where the model wrote it', async () => {
  await using server = await answering(() => ({
    text: '<answer>B</answer>',
    message: { reasoning_content: 'It is red.' },
  }));
  await evaluate(server, 'mmvu', 'apart', ...fourFrames);
  const [row] = rowsOf<EvaluatedRow>(at('apart'));
  expect([row.output, row.formatOk, row.tokens]).toEqual(['<think>It is red.</think>\n<answer>B</answer>', true, 7]);
});

test('misuse: half an endpoint, a folder and an endpoint', async () => {
  const place = ['--benchmark', 'mmvu', '--media-root', dir, '--out', at('none')];
  const half = await runCli('eval', ...place, '--endpoint', 'http://127.0.0.1:1/v1');
  expect([half.status, half.err.split('\n')[0]]).toEqual([2, 'half an endpoint']);
  const both = await runCli(
    'eval',
    ...place,
    '--endpoint',
    'http://127.0.0.1:1/v1',
    '--endpoint-model',
    'x',
    '--model',
    dir,
  );
  expect([both.status, both.err.split('\n')[0]]).toEqual([2, 'a model folder and an endpoint']);
});
