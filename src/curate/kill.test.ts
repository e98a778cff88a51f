// Curation over HTTP when things go wrong: an unreliable server costs retries, not samples; kill -9 at any moment loses nothing
// and asks nothing twice that was stored. The full numbers of kills are in test/long and test/soak.
import { expect, test } from 'vitest';
import { type ScriptedReply, startChatServer } from '../../test/support/chat-server.ts';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import { expectUnharmed } from '../../test/support/curate-kill-checks.ts';
import { killCuration } from '../../test/support/curate-kills.ts';
import { impatientModels, makeSamples } from '../../test/support/curate-world.ts';
import { scriptedReply } from '../../test/support/flaky-experts.ts';

const world = useCurateFixture();

test('an expert that answers 429, 500, broken JSON or too late for a while costs retries, not samples', async () => {
  await world.write(makeSamples(20));
  const troubles: ScriptedReply[] = [
    { status: 429, headers: { 'retry-after-ms': '5' } },
    { status: 500 },
    { raw: '{"choices": [{' },
    { text: '' },
    { status: 503, headers: { 'retry-after': '0' } },
  ];
  await using flaky = await startChatServer((body, index) => {
    if (index === 12) return { ...scriptedReply(body), delayMs: 4000 };
    return index < 40 ? troubles[index % troubles.length] : scriptedReply(body);
  });
  const config = world.config({}, flaky.baseURL);
  const models = impatientModels(config, { maxAttempts: 16, timeoutSeconds: 3 });
  const { counts, bill } = await world.run(models, {}, config);
  expect(counts).toMatchObject({ in: 20, kept: 18, rejected: 2, quarantined: 0 });
  const { describe, reason, refine } = bill.stages;
  expect(describe.attempts + reason.attempts + refine.attempts).toBe(flaky.requests.length);
  expect(flaky.requests.length).toBeGreaterThan(50 + 30);
  const outcomes = [describe, reason, refine].map((stage) => stage.outcomes);
  expect(outcomes.reduce((sum, { timeout = 0 }) => sum + timeout, 0)).toBeGreaterThanOrEqual(1);
  expect(outcomes.reduce((sum, each) => sum + (each['rate-limit'] ?? 0), 0)).toBe(8);
});

test('an endpoint that goes away stops the run with its name; no sample pays for it, and the next run goes on', async () => {
  await world.write(makeSamples(40));
  await using server = await startChatServer((body, index) => (index < 30 ? scriptedReply(body) : { status: 503 }));
  const config = world.config({}, server.baseURL);
  const down = world.run(impatientModels(config, { downPatienceSeconds: 0.2 }), {}, config);
  await expect(down).rejects.toMatchObject({ code: 'llm-down', facts: { url: `${server.baseURL}/chat/completions` } });
  await using back = await startChatServer(scriptedReply);
  const again = world.config({}, back.baseURL);
  const { counts, bill } = await world.run(impatientModels(again), {}, again);
  expect(counts).toMatchObject({ in: 40, quarantined: 0 });
  const answered = Object.values(bill.stages).reduce((sum, { outcomes }) => sum + (outcomes.answered ?? 0), 0);
  expect(answered).toBe(100);
  expect(back.requests.length).toBeLessThanOrEqual(100 - 30 + 12);
});

test('kill -9 five times: every sample once, the same bytes, nothing stored is asked again', async () => {
  expectUnharmed(await killCuration(40, 5, 7), 40, 5);
});
