// The endpoint of the curation bench, in a process of its own: reads a request whole, waits, answers by rule. It prints its address, and
// ends with its standard input. Run: node endpoint.ts LATENCY_MS
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expertReply, questionText } from '../../test/support/curate-world.ts';

const latencyMs = Number(process.argv[2]);
const marker = questionText(0).split('0')[0];

/** Model and question without parsing megabytes a second. */
function reply(body: Buffer): string {
  const model = /"model": ?"(\w+)"/.exec(body.toString('latin1', 0, 200))?.[1] ?? '';
  const at = body.lastIndexOf(marker);
  const { text, reasoning } = expertReply(model, at < 0 ? '' : body.toString('latin1', at, at + 60));
  const message = { role: 'assistant', content: text, reasoning_content: reasoning };
  const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
  return JSON.stringify({ model, choices: [{ index: 0, finish_reason: 'stop', message }], usage });
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const text = reply(Buffer.concat(chunks));
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(text), latencyMs);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`));
process.stdin.resume().on('end', () => process.exit(0));
