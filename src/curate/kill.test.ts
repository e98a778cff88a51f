// Curation over HTTP when things go wrong: an unreliable server costs retries, not samples; kill -9 at any moment loses nothing
// and asks nothing twice that was stored.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ChatServer,
  type ScriptedReply,
  startChatServer,
  type WireBody,
  wireText,
} from '../../test/support/chat-server.ts';
import { expertReply, makeSamples, textReader, worldConfig, writeWorld } from '../../test/support/curate-world.ts';
import { createRng } from '../base/rng.ts';
import { createOpenAIModel } from '../llm/openai.ts';
import { curate } from './curate.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'videorft-kill-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const childScript = fileURLToPath(new URL('../../test/support/curate-child.ts', import.meta.url));
const outputNames = [
  'rl.jsonl',
  'cot.jsonl',
  'cot-unrefined.jsonl',
  'rejected.jsonl',
  'quarantined.jsonl',
  'counts.json',
];
const outputs = (out: string) => Promise.all(outputNames.map((name) => readFile(join(root, out, name), 'utf8')));

function answer(body: WireBody): ScriptedReply {
  const { text, reasoning } = expertReply(body.model, wireText(body));
  return { text, message: reasoning ? { reasoning_content: reasoning } : {} };
}

async function curateHere(server: ChatServer, out: string) {
  const config = worldConfig(root, join(root, out), {}, server.baseURL);
  const settings = { baseDelayMs: 2, maxDelayMs: 10 };
  const model = (role: 'describer' | 'reasoner' | 'refiner') =>
    createOpenAIModel({ ...config.experts[role], timeoutSeconds: 1, maxAttempts: 16 }, settings);
  const models = { describer: model('describer'), reasoner: model('reasoner'), refiner: model('refiner') };
  return curate(config, { models, media: textReader });
}

/** Complete rows over all stage files: what a killed run has stored. */
async function storedRows(out: string): Promise<number> {
  const dir = join(root, out, 'stages');
  const names = await readdir(dir).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
  return texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0);
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve));

test('an expert that answers 429, 500, broken JSON or too late for a while costs retries, not samples', async () => {
  await writeWorld(root, makeSamples(20));
  const troubles: ScriptedReply[] = [
    { status: 429, headers: { 'retry-after-ms': '5' } },
    { status: 500 },
    { raw: '{"choices": [{' },
    { text: '' },
    { status: 503, headers: { 'retry-after': '0' } },
  ];
  await using flaky = await startChatServer((body, index) => {
    if (index === 12) return { ...answer(body), delayMs: 1500 };
    return index < 40 ? troubles[index % troubles.length] : answer(body);
  });
  const { counts } = await curateHere(flaky, 'flaky');
  expect(counts).toMatchObject({ in: 20, kept: 18, rejected: 2, quarantined: 0 });
  const { describe, reason, refine } = counts.experts;
  expect(describe.attempts + reason.attempts + refine.attempts).toBe(flaky.requests.length);
  expect(flaky.requests.length).toBeGreaterThan(50 + 30);
});

test('kill -9 five times at random moments: every sample once, the same bytes, nothing stored is asked again', async () => {
  const samples = makeSamples(48);
  await writeWorld(root, samples);
  await using steady = await startChatServer(answer);
  await curateHere(steady, 'whole');
  const wholeCount = steady.requests.length;

  const rng = createRng(7);
  let onRequest: (() => void) | undefined;
  await using server = await startChatServer(async (body) => {
    onRequest?.();
    await new Promise((resolve) => setTimeout(resolve, rng.uniform(5, 40)));
    return answer(body);
  });
  const start = () =>
    spawn(process.execPath, [childScript, root, join(root, 'killed'), server.baseURL], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const lostAnswers = async () => server.requests.length - (await storedRows('killed'));
  for (let kill = 1; kill <= 5; kill++) {
    const killAt = server.requests.length + 1 + rng.int(20);
    const child = start();
    const exit = ended(child);
    onRequest = () => {
      if (server.requests.length + 1 >= killAt) child.kill('SIGKILL');
    };
    expect(await exit).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 100)); // what was in the socket arrives
    onRequest = undefined;
    // Three experts, four slots each, held until the answer is on disk.
    expect(await lostAnswers()).toBeLessThanOrEqual(12 * kill);
  }
  const lost = await lostAnswers();
  expect(await storedRows('killed')).toBeLessThan(wholeCount);
  expect(await ended(start())).toBe(0);
  expect(server.requests.length).toBe(wholeCount + lost);
  expect(await outputs('killed')).toEqual(await outputs('whole'));
});
