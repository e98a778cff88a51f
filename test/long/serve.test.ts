// `videorft serve` as a process: its address, Ctrl-C while an answer is written, a client that is killed in the middle of a stream; and 32
// streams at once for half a minute (test/soak/serve.test.ts: five).
// Run: npx vitest run --project long test/long/serve.test.ts
import { spawn } from 'node:child_process';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { startServeProcess } from '../support/serve-process.ts';
import { soakServer } from '../support/serve-soak.ts';

const hello = { model: 'micro-base', messages: [{ role: 'user' as const, content: 'Hello' }] };

describe('the program', () => {
  test('prints its address, answers, and ends by Ctrl-C with status 0 once what runs is written', async () => {
    const server = await startServeProcess();
    const client = new OpenAI({ baseURL: server.baseURL, apiKey: 'none', maxRetries: 0 });
    const stream = await client.chat.completions.create({
      ...hello,
      max_tokens: 300,
      temperature: 1.5,
      seed: 1,
      stream: true,
    });
    let ended: Promise<number | null> | undefined;
    let finish: string | null = null;
    for await (const { choices } of stream) {
      ended ??= server.end();
      finish = choices[0]?.finish_reason ?? finish;
    }
    expect(finish).not.toBeNull();
    expect(await ended).toBe(0);
    expect(server.stderr()).toContain('Stopping');
  });

  test('warns where it can be reached from elsewhere without a token; a named token must be there', async () => {
    const open = await startServeProcess('--host', '0.0.0.0');
    expect(open.stderr()).toContain('no token is asked for');
    expect(await open.end('SIGTERM')).toBe(0);
    await expect(startServeProcess('--api-key-env', 'VIDEORFT_NO_SUCH_KEY')).rejects.toThrow(
      /VIDEORFT_NO_SUCH_KEY holds no token/,
    );
  });

  test('a client that is killed in the middle of a stream leaves nothing behind', async () => {
    const server = await startServeProcess('--max-concurrent', '1', '--max-queue', '0');
    const body = JSON.stringify({ ...hello, max_tokens: 1500, temperature: 1.6, seed: 2, stream: true });
    const code = `const r = await fetch('${server.baseURL}/chat/completions', { method: 'POST',
      headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(body)} });
      for await (const chunk of r.body) process.stdout.write(chunk);`;
    const reader = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => reader.stdout.once('data', resolve));
    reader.kill('SIGKILL');
    // One place only: it is free again when the next request is let in.
    const client = new OpenAI({ baseURL: server.baseURL, apiKey: 'none', maxRetries: 6 });
    expect(
      (await client.chat.completions.create({ ...hello, max_tokens: 3 })).usage?.completion_tokens,
    ).toBeLessThanOrEqual(3);
    expect(await server.end()).toBe(0);
  });
});

test('32 streams for half a minute, good and bad requests: none lost, none crossed', async () => {
  const { right, wrong, mostStreams, left } = await soakServer(30);
  expect(wrong).toEqual([]);
  expect(mostStreams).toBe(32);
  expect(Object.keys(right)).toHaveLength(12);
  expect(left).toMatchObject({ rows: 0, waiting: 0, requests: 0 });
});
