// An endpoint for evaluations that are killed or troubled: what it says depends on the request alone, so that runs can be compared row by row; it may
// fail a share of the requests, each at its first attempts only.
import { sha256 } from '../../src/base/hash.ts';
import { createRng } from '../../src/base/rng.ts';
import { type ChatServer, type ScriptedReply, startChatServer, type WireBody } from './chat-server.ts';

/** Of frames, words and seed. Some cannot be read, some are long. */
export function answerTo(body: WireBody): string {
  const draw = Number.parseInt(sha256(JSON.stringify(body.messages) + String(body.seed)).slice(0, 8), 16);
  const letter = 'ABCD'[draw % 4];
  if (draw % 11 === 0) return 'I cannot tell.';
  return `<think>${'It moves. '.repeat(draw % 40)}</think>\n<answer>${letter}</answer>`;
}

const troubles: readonly ScriptedReply[] = [
  { status: 500, raw: 'oops' },
  { status: 429, raw: '{}', headers: { 'retry-after-ms': '20' } },
  { raw: '{"choices": [' },
  { text: '' },
  { status: 503, raw: '' },
];

export interface EvalEndpoint extends ChatServer {
  /** Requests so far that were answered with trouble. */
  readonly troubled: () => number;
}

/** `share` of all requests fail, drawn by the seed. `onRequest` is called with the number of requests so far. */
export async function startEvalEndpoint(
  options: {
    readonly share?: number;
    readonly seed?: number;
    readonly delayMs?: number;
    readonly onRequest?: (count: number) => void;
  } = {},
): Promise<EvalEndpoint> {
  const { share = 0, seed = 0, delayMs = 0, onRequest } = options;
  const rng = createRng(seed);
  let troubled = 0;
  const server = await startChatServer((body, index) => {
    onRequest?.(index + 1);
    if (rng.next() < share) return troubles[troubled++ % troubles.length];
    return { text: answerTo(body), delayMs };
  });
  return { ...server, troubled: () => troubled };
}
