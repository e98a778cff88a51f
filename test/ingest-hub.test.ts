// Data sets of the Hub through videorft ingest, against a local server that speaks its interface: pages, redirects, tokens, connections
// that break, and every way in which it can refuse.
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { sha256 } from '../src/base/hash.ts';
import { encodeVideoToBuffer } from '../src/media/encode.ts';
import { question, runIngest } from './support/ingest-run.ts';
import { movingSquare, scratchFolder } from './support/media.ts';

const at = await scratchFolder();
const files = new Map<string, Buffer>();
const asked: string[] = [];
let trouble: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
let server: Server;
let endpoint: string;

beforeAll(async () => {
  const clip = Buffer.from(await encodeVideoToBuffer(movingSquare(8), { fps: 8 }));
  const rows = ['a', 'b', 'gone'].map((name) => question(name, `./videos/${name}.mp4`));
  files.set('README.md', Buffer.from('# a data set'));
  files.set('data/train.jsonl', Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
  files.set('data/test.jsonl', Buffer.from(`${JSON.stringify(question('t', 'videos/a.mp4', { problem: 'T?' }))}\n`));
  files.set('videos/a.mp4', clip);
  files.set('videos/b.mp4', Buffer.from(await encodeVideoToBuffer(movingSquare(9), { fps: 8 })));
  files.set('rest.zip', Buffer.from('not really'));
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked.length = 0;
  trouble = undefined;
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url!, endpoint);
  asked.push(`${url.pathname}${request.headers.range ? ` ${request.headers.range}` : ''}`);
  if (trouble?.(request, response)) return;
  const path = decodeURIComponent(url.pathname);
  const resolved = /^\/datasets\/owner\/set\/resolve\/main\/(.+)$/.exec(path)?.[1];
  const body = files.get(/^\/store\/(.+)$/.exec(path)?.[1] ?? '');
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (path === '/api/datasets/owner/set/tree/main') list(url, response);
  else if (resolved) response.writeHead(302, { location: `/store/${encodeURIComponent(resolved)}` }).end();
  else if (body) response.writeHead(from > 0 ? 206 : 200).end(body.subarray(from));
  else response.writeHead(404).end();
}

/** Two files a page. */
function list(url: URL, response: ServerResponse): void {
  const all = [...files].map(([path, bytes]) => ({
    type: 'file',
    path,
    size: bytes.length,
    lfs: { oid: sha256(bytes) },
  }));
  const start = Number(url.searchParams.get('cursor') ?? 0);
  const next = new URL(url);
  next.searchParams.set('cursor', String(start + 2));
  const link = start + 2 < all.length ? { link: `<${next.href}>; rel="next"` } : {};
  response.writeHead(200, { 'content-type': 'application/json', ...link });
  response.end(JSON.stringify([{ type: 'directory', path: 'data', size: 0 }, ...all.slice(start, start + 2)]));
}

const run = (out: string, files_?: string, more: object = {}) =>
  runIngest({
    data: [{ from: 'hub:owner/set', ...(files_ ? { files: files_ } : {}) }],
    mediaRoot: at(`${out}-media`),
    out: at(out),
    hub: { endpoint, tokenEnv: 'TEST_HUB_TOKEN' },
    ...more,
  });

test('question files and the media they name are fetched, over pages and redirects; archives are told', async () => {
  const { train, rejected, report } = await run('hub');
  expect(train.map(({ path }) => path)).toEqual([
    'owner--set/videos/a.mp4',
    'owner--set/videos/a.mp4',
    'owner--set/videos/b.mp4',
  ]);
  expect(readFileSync(join(at('hub-media'), train[0].path))).toEqual(files.get('videos/a.mp4'));
  expect(rejected).toMatchObject([{ code: 'media-missing', fix: expect.stringContaining('archives (rest.zip') }]);
  expect(report).toMatchObject({ in: 4, kept: 3, rejected: 1, sources: { 'owner/set': { in: 4 } } });
  expect(asked.filter((path) => path.endsWith('/README.md'))).toEqual([]);
  asked.length = 0;
  await run('hub');
  expect(asked.filter((path) => !path.startsWith('/api/'))).toEqual([]);
});

test('a pattern chooses the files', async () => {
  const { train } = await run('pattern', 'data/te*.jsonl');
  expect(train.map(({ problem_id }) => problem_id)).toEqual(['t']);
  await expect(run('no-pattern', 'data/*.parquet')).rejects.toMatchObject({ code: 'hub-no-questions' });
});

test('a connection that breaks: the next start goes on where it stopped', async () => {
  const whole = files.get('videos/b.mp4')!;
  trouble = ({ url }, response) => {
    if (!url?.startsWith('/store/videos%2Fb')) return false;
    trouble = undefined;
    response.writeHead(200, { 'content-length': whole.length });
    response.write(whole.subarray(0, 100));
    // Only once these bytes are on disk: what is on its way when a connection breaks may be lost.
    const part = join(at('broken-media'), 'owner--set/videos/b.mp4.part');
    const stored = setInterval(() => {
      if (!existsSync(part) || statSync(part).size < 100) return;
      clearInterval(stored);
      response.destroy();
    }, 5);
    return true;
  };
  await expect(run('broken')).rejects.toMatchObject({ code: 'hub-interrupted' });
  await run('broken');
  expect(asked).toContain('/store/videos%2Fb.mp4 bytes=100-');
  expect(readFileSync(join(at('broken-media'), 'owner--set/videos/b.mp4'))).toEqual(whole);
});

test('what is not what the Hub says it is does not stay', async () => {
  const whole = files.get('videos/b.mp4')!;
  trouble = ({ url }, response) => {
    if (!url?.startsWith('/store/videos%2Fb')) return false;
    response.writeHead(200).end(Buffer.alloc(whole.length, 7));
    return true;
  };
  await expect(run('damaged')).rejects.toMatchObject({ code: 'hub-damaged' });
  trouble = undefined;
  expect((await run('damaged')).report.kept).toBe(3);
});

test('too many requests and a failing server are asked again, as they wish', async () => {
  let refusals = 0;
  trouble = (_, response) => {
    if (++refusals > 3) return false;
    response.writeHead(refusals === 1 ? 503 : 429, { 'retry-after': '0' }).end();
    return true;
  };
  expect((await run('patient')).report.kept).toBe(3);
});

test('a token goes to the Hub; without the right to read, the error says what to do', async () => {
  vi.stubEnv('TEST_HUB_TOKEN', 'secret');
  const seen = new Set<string | undefined>();
  trouble = ({ headers }) => {
    seen.add(headers.authorization);
    return false;
  };
  await run('token');
  expect(seen).toEqual(new Set(['Bearer secret']));
  vi.unstubAllEnvs();
  trouble = (_, response) => {
    response.writeHead(401).end();
    return true;
  };
  const refused = { code: 'hub-refused', fix: expect.stringContaining('TEST_HUB_TOKEN') };
  await expect(run('gated')).rejects.toMatchObject(refused);
});

test('no such data set; no network: each says what to do', async () => {
  const data = [{ from: 'hub:owner/none' }];
  await expect(run('none', undefined, { data })).rejects.toMatchObject({ code: 'hub-missing' });
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const hub = { endpoint: `http://127.0.0.1:${port}` };
  const error = { code: 'hub-unreachable', fix: expect.stringContaining('hub.endpoint') };
  await expect(run('offline', undefined, { hub })).rejects.toMatchObject(error);
});

test('a listing that leads out of the folder is refused before anything is written', async () => {
  trouble = ({ url }, response) => {
    if (!url?.startsWith('/api/')) return false;
    response.writeHead(200).end(JSON.stringify([{ type: 'file', path: '../../escaped.jsonl', size: 3 }]));
    return true;
  };
  await expect(run('escape')).rejects.toMatchObject({ code: 'hub-path' });
  expect(existsSync(at('escaped.jsonl'))).toBe(false);
});

test.each(['<!doctype html><title>Sign in</title>', '{"error": "no list"}', '[{"type": "fi'])(
  'an address where something else answers, or breaks off: %s',
  async (body) => {
    trouble = ({ url }, response) => {
      if (!url?.startsWith('/api/')) return false;
      response.writeHead(200).end(body);
      return true;
    };
    const error = { code: 'hub-answer', fix: expect.stringContaining('hub.endpoint') };
    await expect(run('elsewhere')).rejects.toMatchObject(error);
  },
);
