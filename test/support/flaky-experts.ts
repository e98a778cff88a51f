// The scripted experts of curate-world.ts behind a server in trouble: each distinct request meets a few faults, drawn by its own seed, and
// is then answered. The server keeps its own account of what it was asked and what it gave: the truth that a client's account is held against.
import { sha256 } from '../../src/base/hash.ts';
import { createRng } from '../../src/base/rng.ts';
import { type ChatServer, type ScriptedReply, startChatServer, type WireBody, wireText } from './chat-server.ts';
import { expertReply } from './curate-world.ts';

export const faults = [
  'rate-limit',
  'server-error',
  'timeout',
  'broken-body',
  'empty',
  'twice',
  'cut-content',
] as const;
export type Fault = (typeof faults)[number];

export interface Paid {
  /** 'describer 3': the expert and the clip; 'refiner 7': the expert and the question. */
  readonly about: string;
  count: number;
}

export interface FlakyExperts extends AsyncDisposable {
  readonly baseURL: string;
  /** Requests that arrived. */
  readonly received: () => number;
  /** Faults given, by kind. */
  readonly given: Readonly<Record<Fault, number>>;
  /** Usable replies given (and paid for), by request: how often, and what it was about. */
  readonly paid: ReadonlyMap<string, Paid>;
  /** Requests that were left hanging, by what they were about. */
  readonly hung: Readonly<Record<string, number>>;
  /** Called whenever a usable reply leaves for a request that arrived since this was set. */
  onPaid: (() => void) | undefined;
}

export interface FlakyOptions {
  readonly seed: number;
  /** Share of the requests that meet faults. */
  readonly share: number;
  /** Longer than the client waits. */
  readonly hangMs: number;
}

/** The number of the clip or question that a request is about. */
function numberOf(body: WireBody): string {
  const asked = /question (\d+)\?/.exec(wireText(body));
  if (asked) return asked[1];
  const parts = body.messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const image = parts.find((part) => part.image_url)?.image_url?.url.split(',')[1] ?? '';
  return /clips\/(\d+)/.exec(Buffer.from(image, 'base64').toString())?.[1] ?? 'unknown';
}

/** What the expert that the body names says to it, as a server sends it. */
export function scriptedReply(body: WireBody): ScriptedReply {
  const { text, reasoning } = expertReply(body.model, wireText(body));
  return { text, message: reasoning ? { reasoning_content: reasoning } : {} };
}

function faulty(fault: Fault, body: WireBody, hangMs: number): ScriptedReply {
  const reply = scriptedReply(body);
  switch (fault) {
    case 'rate-limit':
      return { status: 429, headers: { 'retry-after-ms': '5' } };
    case 'server-error':
      return { status: 500 };
    case 'timeout':
      return { ...reply, delayMs: hangMs };
    case 'broken-body':
      return { raw: '{"choices": [{"message": {"content": "I s' };
    case 'empty':
      return { text: '' };
    case 'twice':
      return { raw: '{"choices": []}{"choices": []}' };
    case 'cut-content':
      return { text: (reply.text ?? '').slice(0, 9) };
  }
}

/** Up to two faults for a share of the requests; a reply of the wrong form only where the expert was not told so already. */
function plan(id: string, isReask: boolean, { seed, share }: FlakyOptions): Fault[] {
  const rng = createRng(seed).fork(Number.parseInt(id.slice(0, 8), 16));
  if (rng.next() >= share) return [];
  const drawn = Array.from({ length: 1 + rng.int(2) }, () => faults[rng.int(faults.length)]);
  const last = drawn.indexOf('cut-content');
  if (last < 0) return drawn;
  return isReask ? drawn.slice(0, last) : drawn.slice(0, last + 1);
}

export async function startFlakyExperts(options: FlakyOptions): Promise<FlakyExperts> {
  const left = new Map<string, Fault[]>();
  const paid = new Map<string, Paid>();
  const given = Object.fromEntries(faults.map((fault) => [fault, 0])) as Record<Fault, number>;
  const hung: Record<string, number> = {};
  const rng = createRng(options.seed);
  const reply = async (body: WireBody): Promise<ScriptedReply> => {
    const { onPaid } = flaky;
    await new Promise((resolve) => setTimeout(resolve, rng.uniform(5, 30)));
    const id = sha256(JSON.stringify(body));
    const isReask = wireText(body).includes('cannot be used');
    if (!left.has(id)) left.set(id, plan(id, isReask, options));
    const fault = left.get(id)?.shift();
    const about = `${body.model} ${numberOf(body)}`;
    if (fault) given[fault]++;
    if (fault === 'timeout') hung[about] = (hung[about] ?? 0) + 1;
    if (fault && fault !== 'cut-content') return faulty(fault, body, options.hangMs);
    const entry = paid.get(id) ?? { about, count: 0 };
    entry.count++;
    paid.set(id, entry);
    onPaid?.();
    return fault ? faulty(fault, body, options.hangMs) : scriptedReply(body);
  };
  const server: ChatServer = await startChatServer(reply);
  const flaky: FlakyExperts = {
    baseURL: server.baseURL,
    received: () => server.requests.length,
    given,
    paid,
    hung,
    onPaid: undefined,
    [Symbol.asyncDispose]: server.close,
  };
  return flaky;
}
