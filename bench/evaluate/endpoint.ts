// The endpoint of the evaluation bench, in a process of its own: reads a request whole, waits, answers, and counts. It prints its address, and ends with
// its standard input. Run: node endpoint.ts LATENCY_MS
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EndpointStats, STATS } from './protocol.ts';

const latencyMs = Number(process.argv[2]);
let [answers, first, last, inFlight, mostInFlight, bytes] = [0, 0, 0, 0, 0, 0];

const completion = JSON.stringify({
  model: 'bench',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '<answer>A</answer>' } }],
  usage: { prompt_tokens: 1000, completion_tokens: 5, total_tokens: 1005 },
});

function stats(): EndpointStats {
  const told = { answers, spanMs: last - first, mostInFlight, megabytes: bytes / 1e6 };
  [answers, first, last, mostInFlight, bytes] = [0, 0, 0, 0, 0];
  return told;
}

function answer(response: ServerResponse): void {
  inFlight--;
  last = performance.now();
  if (answers++ === 0) first = last;
  response.writeHead(200, { 'content-type': 'application/json' }).end(completion);
}

function take(request: IncomingMessage, response: ServerResponse): void {
  mostInFlight = Math.max(mostInFlight, ++inFlight);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on('end', () => setTimeout(answer, latencyMs, response));
}

const server = createServer((request, response) => {
  if (!request.url?.endsWith(STATS)) return take(request, response);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(stats()));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`));
process.stdin.resume().on('end', () => process.exit(0));
