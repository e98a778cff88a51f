// `videorft eval judge`: what the judge is asked and what its verdict does to a row, and that nothing else is touched; verdicts that cannot be had,
// a judge that goes away in the middle, and scoring again afterwards.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChatServer, type ScriptedReply, startChatServer, wireText } from '../../test/support/chat-server.ts';
import { rowsOf, runCli } from '../../test/support/cli-world.ts';
import { sha256 } from '../base/hash.ts';
import { writeJsonl } from '../base/jsonl.ts';
import { setLogLevel } from '../base/log.ts';
import { writeSamples } from '../data/index.ts';
import type { EvaluatedRow } from '../evaluate/index.ts';
import { endpointSchema } from '../llm/index.ts';
import { judgeResults } from '../recipes/judge-results.ts';
import { makeWorld } from '../world/index.ts';

let dir: string;
const at = (name: string) => join(dir, `${name}.jsonl`);
const rows = (name: string) => rowsOf<EvaluatedRow>(at(name));
const free = (name: string) => rows(name).filter(({ type }) => type === 'free-form');

/** Of question and frames alone, whichever is asked first; some are none. */
function answer(asked: string): string {
  const drawn = sha256(asked);
  if ('012'.includes(drawn[0])) return 'I do not know.';
  return `<think>SECRET reasoning.</think>\n<answer>words ${drawn.slice(1, 5)}</answer>`;
}
const answered = () => free('rule').filter(({ extracted }) => extracted !== null);

beforeAll(async () => {
  setLogLevel('silent');
  dir = mkdtempSync(join(tmpdir(), 'videorft-judge-'));
  const world = join(dir, 'world');
  const { train } = await makeWorld(world, { seed: 2, train: 100, heldOut: 0, questionsPerScene: 4 });
  const of = (isFree: boolean, n: number) =>
    train.filter((row) => (row.problem_type === 'free-form') === isFree).slice(0, n);
  await writeSamples(join(dir, 'asked.jsonl'), [...of(true, 8), ...of(false, 4)]);
  await using server = await startChatServer((body) => ({ text: answer(JSON.stringify(body.messages)) }));
  const args = ['--data', at('asked'), '--media-root', world, '--endpoint', server.baseURL, '--concurrency', 1];
  const { status } = await runCli('eval', ...args, '--endpoint-model', 'm', '--protocol', 'micro', '--out', at('rule'));
  expect([status, free('rule').length, rows('rule').length]).toEqual([0, 8, 12]);
  expect(answered().length).toBeGreaterThan(4);
  expect(answered().length).toBeLessThan(8);
});
afterAll(() => {
  setLogLevel('info');
  rmSync(dir, { recursive: true, force: true });
});

const verdict = (score: number) => JSON.stringify({ why: 'it says so', score });

async function judge(out: string, script: (index: number) => ScriptedReply) {
  await using server = await startChatServer((_, index) => script(index));
  return await judgedBy(server, out);
}

async function judgedBy(server: ChatServer, out: string) {
  const model = ['--endpoint', server.baseURL, '--endpoint-model', 'wise', '--concurrency', 1];
  const result = await runCli('eval', 'judge', at('rule'), ...model, '--out', at(out));
  return { ...result, requests: server.requests };
}

test('its verdict is the score of a free-form answer; it sees question, reference and answer; nothing else changes', async () => {
  const scores = [1, 0, 0.5, 1, 0, 0.5, 1, 0];
  const { status, out, requests } = await judge('judged', (i) => ({ text: verdict(scores[i]) }));
  const asked = answered();
  expect([status, requests.length]).toEqual([0, asked.length]);
  for (const [i, request] of requests.entries()) {
    const text = wireText(request);
    expect(text).not.toContain('SECRET');
    expect(text).toContain(`<answer>\n${asked[i].extracted}\n</answer>`);
    expect(text).toContain('<reference>');
  }
  const after = new Map(rows('judged').map((row) => [row.id, row]));
  const outcomes = { 1: 'right', 0: 'wrong', 0.5: 'partial' } as Record<number, string>;
  for (const [i, { id, extracted, output }] of asked.entries())
    expect(after.get(id)).toMatchObject({
      ...{ output, score: scores[i], outcome: outcomes[scores[i]], error: null },
      judge: { prompt: 'judge/1', answer: extracted, score: scores[i], why: 'it says so' },
    });
  const touched = new Set(asked.map(({ id }) => id));
  const others = (all: readonly EvaluatedRow[]) => all.filter(({ id }) => !touched.has(id));
  expect(others(rows('judged'))).toEqual(others(rows('rule')));
  expect(out).toContain(
    `12 rows = ${asked.length} judged (0 before) + 0 without a verdict + ${12 - asked.length} under`,
  );
  expect(out).toContain('judge minus rule');
  const manifest = JSON.parse(readFileSync(join(dir, 'judged.manifest.json'), 'utf8'));
  expect(manifest).toMatchObject({ changed: ['judge'], judge: { model: 'wise', prompts: ['judge/1'] } });
  // What is there is not judged again, and nobody is asked.
  const again = await judge('judged', () => ({ text: verdict(1) }));
  expect([again.status, again.requests.length]).toEqual([1, 0]);
  expect(again.err).toContain('result-exists');
});

test('the page says who judged, and why', async () => {
  const page = join(dir, 'page.html');
  expect((await runCli('eval', 'report', at('judged'), '--out', page)).status).toBe(0);
  for (const file of [page, page.replace('.html', '.md')])
    expect(readFileSync(file, 'utf8')).toMatch(/judged by wise.*: it says so/);
});

test('under another ladder a verdict counts only where the answer is the one that was judged', async () => {
  const { status } = await runCli('eval', 'rescore', at('judged'), '--ladder', 'words', '--out', at('words'));
  expect(status).toBe(0);
  for (const row of free('words').filter(({ judge: verdict }) => verdict))
    if (row.error === null) expect(row.score).toBe(row.judge?.score);
    else expect(row.error).toMatch(/^judge-answer: /);
  expect(free('words').some(({ judge: verdict, error }) => verdict && error === null)).toBe(true);
  // A file in which one verdict is of another answer.
  const [first, ...rest] = rows('judged').filter(({ judge: verdict }) => verdict);
  const others = { ...first, judge: { ...first.judge, answer: 'what was never said' } };
  await writeJsonl(at('moved'), [others, ...rest]);
  cpSync(join(dir, 'judged.manifest.json'), join(dir, 'moved.manifest.json'));
  expect((await runCli('eval', 'rescore', at('moved'), '--out', at('rescored'))).status).toBe(0);
  const [moved, ...same] = rows('rescored');
  expect(moved).toMatchObject({ outcome: 'error', score: 0, error: expect.stringMatching(/^judge-answer: /) });
  expect(same).toEqual(rest);
});

test('a verdict that cannot be read, asked twice, is an error of its row and no wrong answer', async () => {
  const { status, out, requests } = await judge('odd', (i) => ({ text: i < 2 ? 'yes, quite so' : verdict(1) }));
  expect([status, requests.length]).toEqual([0, answered().length + 1]);
  const first = free('odd').find(({ id }) => id === answered()[0].id);
  expect(first).toMatchObject({ outcome: 'error', error: expect.stringContaining('judge-malformed') });
  expect(out).toMatch(/^error: .*judge-malformed/m);
  expect(out).toMatch(/^all +12 +1 /m);
  expect(out).toContain(`= ${answered().length - 1} judged (0 before) + 1 without a verdict + `);
});

test('a judge that refuses in the middle ends it; the same command asks only about the rest', async () => {
  await using server = await startChatServer((_, i) => (i === 3 ? { status: 401, raw: '{}' } : { text: verdict(1) }));
  const stopped = await judgedBy(server, 'halves');
  expect([stopped.status, existsSync(at('halves'))]).toEqual([1, false]);
  expect(stopped.err).toContain('llm-refused');
  const { status, out } = await judgedBy(server, 'halves');
  expect([status, server.requests.length]).toEqual([0, answered().length + 1]);
  expect(out).toContain(`= ${answered().length} judged (3 before)`);
});

test('one that is interrupted goes on with the same command', async () => {
  const stop = new AbortController();
  await using server = await startChatServer((_, i) => {
    if (i === 2) stop.abort();
    return { text: verdict(1) };
  });
  const endpoint = endpointSchema.parse({ baseURL: server.baseURL, model: 'wise', concurrency: 1 });
  const settings = { out: at('broken'), endpoint };
  await expect(judgeResults(at('rule'), { ...settings, signal: stop.signal })).rejects.toMatchObject({
    code: 'aborted',
  });
  expect(existsSync(at('broken'))).toBe(false);
  const { judged, known, failed } = await judgeResults(at('rule'), settings);
  expect([judged, known, failed]).toEqual([answered().length, 2, 0]);
});

test('misuse says how it is called', async () => {
  const { status, err } = await runCli('eval', 'judge', at('rule'), '--out', at('x'));
  expect([status, err]).toEqual([2, expect.stringContaining('--endpoint-model NAME --out JUDGED.jsonl')]);
});
