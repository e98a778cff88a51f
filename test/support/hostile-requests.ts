// Requests that nobody should send to the reward server, by kind. Each says with which answers it may end. Leaves out: sending them.
import type { Rng } from '../../src/base/rng.ts';

export interface HttpRequest {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
  /** Statuses that are right. */
  readonly allowed: readonly number[];
  /** A 200 must hold errors alone, of these codes. */
  readonly errors?: readonly string[];
}

export interface Material {
  /** A group that can be scored. */
  readonly group: { readonly sample: Record<string, unknown>; readonly completions: readonly object[] };
  /** Paths that lead out of the media root to a video that could be scored. */
  readonly escapes: readonly string[];
}

const json = { 'content-type': 'application/json' };
const routes = ['/v1/rewards', '/get_reward', '/rm'];

const strange: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '',
  '\0',
  '\ud800',
  '<answer>'.repeat(50),
  [],
  {},
  [[]],
  { __proto__: 1 },
  '__proto__',
  'x'.repeat(20_000),
];

function bodies({ group }: Material): Record<string, unknown> {
  const label = JSON.stringify(group.sample);
  return {
    '/v1/rewards': { groups: [group] },
    '/get_reward': { query: ['ab'], prompts: ['a'], labels: [label] },
    '/rm': { prompt: 'a', response: 'b', label },
  };
}

/** The value with one place in it, at any depth, replaced or taken away. */
function withStrange(value: unknown, rng: Rng): unknown {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (inner.length === 0 || rng.next() < 0.2) return rng.pick(strange);
  const [key] = rng.pick(inner);
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? withStrange(item, rng) : item));
  const object = value as Record<string, unknown>;
  if (rng.next() < 0.15) return Object.fromEntries(inner.filter(([name]) => name !== key));
  return { ...object, [key]: withStrange(object[key], rng) };
}

function damaged(text: string, rng: Rng): Buffer {
  const bytes = Buffer.from(text);
  for (let n = 1 + rng.int(4); n > 0; n--) bytes[rng.int(bytes.length)] = rng.int(256);
  return rng.next() < 0.4 ? bytes.subarray(0, rng.int(bytes.length)) : bytes;
}

type Make = (material: Material, rng: Rng) => Omit<HttpRequest, 'kind'>;
const post = (path: string, body: string | Buffer, allowed: readonly number[]) => ({
  method: 'POST',
  path,
  headers: json,
  body,
  allowed,
});

export const makers: Readonly<Record<string, Make>> = {
  // A change may leave the body right, or hit the text of a completion only.
  'strange value': (material, rng) => {
    const path = rng.pick(routes);
    return post(path, JSON.stringify(withStrange(bodies(material)[path], rng)), [200, 422]);
  },
  'damaged bytes': (material, rng) => {
    const path = rng.pick(routes);
    return post(path, damaged(JSON.stringify(bodies(material)[path]), rng), [200, 422]);
  },
  'deep nesting': (_, rng) => post(rng.pick(routes), `{"groups":${'['.repeat(90_000)}`, [422]),
  'path escape': ({ group, escapes }, rng) => ({
    ...post(
      '/v1/rewards',
      JSON.stringify({ groups: [{ ...group, sample: { ...group.sample, path: rng.pick(escapes) } }] }),
      [200],
    ),
    errors: ['media-outside-root', 'media-missing'],
  }),
  'escape in a label': ({ group, escapes }, rng) => {
    const label = JSON.stringify({ ...group.sample, path: rng.pick(escapes) });
    return post('/rm', JSON.stringify({ response: 'x', label }), [422]);
  },
  'huge body': (_, rng) => post(rng.pick(routes), 'x'.repeat(120_000), [413]),
  'huge number of completions': ({ group }) =>
    post('/v1/rewards', JSON.stringify({ groups: [{ ...group, completions: Array(5000).fill({ text: '' }) }] }), [422]),
  'prompt that repeats itself': (material) => {
    const prompt = `${'a'.repeat(15_000)}b${'a'.repeat(15_000)}`;
    const body = { ...(bodies(material)['/get_reward'] as object), prompts: [prompt], query: ['a'.repeat(40_000)] };
    return post('/get_reward', JSON.stringify(body), [422]);
  },
  'options for many': ({ group }) => {
    const sample = { ...group.sample, options: Array(8000).fill('A x') };
    return post(
      '/v1/rewards',
      JSON.stringify({ groups: [{ sample, completions: Array(2000).fill({ text: 'x' }) }] }),
      [422],
    );
  },
  'long text': ({ group }, rng) => {
    const long = rng
      .pick(['a ', ' ', '<think>', '</think><answer>', '.', '1,', '<|', 'A. '])
      .repeat(35_000)
      .slice(0, 35_000);
    const text = rng.next() < 0.5 ? long : `<think>${long}</think><answer>${long}</answer>`.slice(-38_000);
    const solution = `<answer>${'a b '.repeat(950)}</answer>`;
    const sample =
      rng.next() < 0.5 ? { ...group.sample, problem_type: rng.pick(['free-form', 'OCR']), solution } : group.sample;
    return post('/v1/rewards', JSON.stringify({ groups: [{ sample, completions: [{ text }] }] }), [200]);
  },
  'other type': (material, rng) => ({
    ...post(rng.pick(routes), JSON.stringify(bodies(material)['/rm']), [415]),
    headers: { 'content-type': rng.pick(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) },
  }),
  'other place': (_, rng) => ({
    method: rng.pick(['GET', 'PUT', 'DELETE', 'OPTIONS']),
    path: rng.pick([
      '/',
      '/rm',
      '/v1/rewards',
      '/../../etc/passwd',
      '/%2e%2e/x',
      '/metrics/../rm',
      '/get_reward?x=%00',
    ]),
    headers: {},
    body: undefined,
    allowed: [404],
  }),
};

/** What a socket sends, piece by piece, before it is left open or cut. */
export interface RawClient {
  readonly kind: string;
  readonly pieces: readonly string[];
  /** Milliseconds between pieces. */
  readonly pause: number;
}

const head = (length: number, more = '') =>
  `POST /v1/rewards HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`;

export const rawClients: readonly ((rng: Rng) => RawClient)[] = [
  () => ({ kind: 'slow body', pieces: [head(500), ...Array<string>(30).fill('{')], pause: 150 }),
  () => ({ kind: 'body that stops', pieces: [head(500), '{"groups"'], pause: 0 }),
  () => ({ kind: 'slow head', pieces: ['POST /rm HTTP/1.1\r\n', ...Array<string>(30).fill('x: y\r\n')], pause: 150 }),
  () => ({ kind: 'many headers', pieces: [head(2, `${'a: b\r\n'.repeat(5000)}`), '{}'], pause: 0 }),
  () => ({ kind: 'two lengths', pieces: [head(2, 'content-length: 9\r\n'), '{}'], pause: 0 }),
  () => ({
    kind: 'length and chunks',
    pieces: [head(2, 'transfer-encoding: chunked\r\n'), '2\r\n{}\r\n0\r\n\r\n'],
    pause: 0,
  }),
  (rng) => ({
    kind: 'noise',
    pieces: [Buffer.from(Array.from({ length: 200 }, () => rng.int(256))).toString('latin1')],
    pause: 0,
  }),
];
