// Fetching under the policy, from real local servers: names, redirects, sizes, times; data: and file: URLs and what tries to leave the root.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../base/hash.ts';
import { dataBytes, type FetchOptions, fetchMedia } from './fetch.ts';
import { guardedLookup, type Resolve } from './guard.ts';

const dir = mkdtempSync(join(tmpdir(), 'videorft-fetch-'));
const [root, scratch, outside] = ['root', 'scratch', 'outside'].map((name) => join(dir, name));
const never = new AbortController().signal;
let server: Server;
let port = 0;
const asked: string[] = [];

const respond: RequestListener = (request, response) => {
  asked.push(`${request.headers.host}${request.url}`);
  const path = request.url ?? '';
  const to = /^\/to\/(.*)$/.exec(path)?.[1];
  if (to !== undefined) return void response.writeHead(302, { location: decodeURIComponent(to) }).end();
  if (path === '/loop') return void response.writeHead(301, { location: '/loop' }).end();
  if (path === '/nowhere') return void response.writeHead(307).end();
  if (path === '/gone') return void response.writeHead(404).end('no');
  if (path === '/large') return void response.writeHead(200, { 'content-length': '5000' }).end(Buffer.alloc(5000));
  if (path === '/stream') {
    response.writeHead(200);
    return void response.end(Buffer.alloc(5000));
  }
  if (path === '/cut') {
    response.writeHead(200, { 'content-length': '500' });
    response.write(Buffer.alloc(100));
    return void setImmediate(() => response.destroy());
  }
  if (path === '/hang') return;
  response.writeHead(200).end('content');
};

beforeAll(async () => {
  for (const folder of [root, scratch, outside]) mkdirSync(folder);
  writeFileSync(join(root, 'in.mp4'), 'inside');
  writeFileSync(join(outside, 'secret.mp4'), 'secret');
  symlinkSync(join(outside, 'secret.mp4'), join(root, 'link.mp4'));
  symlinkSync(outside, join(root, 'door'));
  symlinkSync(join(root, 'in.mp4'), join(root, 'fine.mp4'));
  server = createServer(respond).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

const options = (more: Partial<FetchOptions> = {}): FetchOptions => ({
  scratch,
  mediaRoot: root,
  allowHosts: ['127.0.0.1'],
  maxFrames: 8,
  maxBytes: 1000,
  timeoutMs: 5000,
  ...more,
});
const get = (url: string, more?: Partial<FetchOptions>) => fetchMedia({ url }, options(more), never);
const here = (path: string) => `http://127.0.0.1:${port}${path}`;
const failure = (code: string, message: RegExp | string) =>
  expect.objectContaining({
    status: 400,
    code,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });

describe('http', () => {
  test('an allowed host is fetched from; the file is known by its content and goes when it is disposed of', async () => {
    const got = await get(here('/a'));
    expect([readFileSync(got.path, 'utf8'), got.identity]).toEqual(['content', sha256('content')]);
    await got.dispose();
    expect(readdirSync(scratch)).toEqual([]);
  });

  test.each([
    'http://127.0.0.1:PORT/a',
    'http://localhost:PORT/a',
    'http://[::1]:PORT/a',
    'http://[::ffff:127.0.0.1]:PORT/a',
    'http://2130706433:PORT/a', // other spellings of 127.0.0.1, which URL parsers know
    'http://0x7f.1:PORT/a',
    'http://0:PORT/a',
    'http://user:pass@127.0.0.1:PORT/a',
  ])('%s is refused unless its host is named', async (url) => {
    asked.length = 0;
    await expect(get(url.replace('PORT', String(port)), { allowHosts: [] })).rejects.toEqual(
      failure('media-host', /not fetched from/),
    );
    expect(asked).toEqual([]);
  });

  test('a name is judged by what it resolves to, all of it, and is connected to there', async () => {
    const names: Record<string, string[]> = {
      'inner.test': ['127.0.0.1'],
      'mixed.test': ['93.184.216.34', '10.0.0.1'],
      'mapped.test': ['::ffff:127.0.0.1'],
    };
    const resolve: Resolve = async (host) =>
      names[host].map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    for (const host of Object.keys(names))
      await expect(get(`http://${host}:${port}/a`, { resolve })).rejects.toEqual(
        failure('media-host', new RegExp(`^${host} has`)),
      );
    const got = await get(`http://inner.test:${port}/named`, { resolve, allowHosts: ['INNER.test'] });
    expect(asked.at(-1)).toBe(`inner.test:${port}/named`);
    await got.dispose();
  });

  test('a name server that changes its mind is asked once: the connection goes to the address that was checked', async () => {
    let answers = 0;
    const rebinding: Resolve = async () => [{ address: answers++ === 0 ? '93.184.216.34' : '127.0.0.1', family: 4 }];
    const lookup = guardedLookup({ allowHosts: [], resolve: rebinding });
    const ask = (all: boolean) =>
      new Promise((done) => lookup('re.test', { all }, (error, address) => done(error ?? address)));
    expect(await ask(false)).toBe('93.184.216.34');
    expect(answers).toBe(1);
    expect(await ask(true)).toEqual(failure('media-host', /loopback/)); // a second connection is checked anew
    answers = 0;
    expect(await ask(true)).toEqual([{ address: '93.184.216.34', family: 4 }]);
  });

  test('every redirect is judged like the first address', async () => {
    const away = (to: string) => here(`/to/${encodeURIComponent(to)}`);
    const fine = await get(away('/a'));
    await fine.dispose();
    asked.length = 0;
    await expect(get(away(`http://localhost:${port}/a`))).rejects.toEqual(failure('media-host', /^localhost has/));
    await expect(get(away(away(`http://[::1]:${port}/a`)))).rejects.toEqual(failure('media-host', /^\[::1\] has/));
    await expect(get(away('http://169.254.169.254/latest'))).rejects.toEqual(failure('media-host', /link-local/));
    await expect(get(away('file:///etc/passwd'))).rejects.toEqual(failure('media-fetch', /no HTTP/));
    await expect(get(here('/loop'))).rejects.toEqual(failure('media-fetch', /more than 5 redirects/));
    await expect(get(here('/nowhere'))).rejects.toEqual(failure('media-fetch', /redirects to nowhere/));
    expect(asked.filter((url) => url.endsWith('/a'))).toEqual([]);
  });

  test('what is too large, too slow, cut off or not there is an error that says so, and leaves nothing behind', async () => {
    await expect(get(here('/gone'))).rejects.toEqual(failure('media-fetch', /answered 404/));
    await expect(get(here('/large'))).rejects.toEqual(failure('media-too-large', /larger than 1000 bytes/));
    await expect(get(here('/stream'))).rejects.toEqual(failure('media-too-large', /larger than 1000 bytes/));
    await expect(get(here('/cut'))).rejects.toEqual(failure('media-fetch', /127\.0\.0\.1/));
    await expect(get(here('/hang'), { timeoutMs: 50 })).rejects.toEqual(
      failure('media-fetch', /no file within 0.05 s/),
    );
    await expect(get('http://127.0.0.1:1/a')).rejects.toEqual(failure('media-fetch', /ECONNREFUSED/));
    const resolve: Resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    await expect(get('http://no.test/a', { resolve })).rejects.toEqual(failure('media-fetch', /ENOTFOUND/));
    expect(readdirSync(scratch)).toEqual([]);
  });

  test('many that fail as soon as they have begun leave nothing behind either', async () => {
    const each = Array.from({ length: 60 }, () => expect(get(here('/stream'))).rejects.toBeDefined());
    await Promise.all(each);
    expect(readdirSync(scratch)).toEqual([]);
  });

  test('a caller who gives up gets its own reason', async () => {
    const controller = new AbortController();
    const going = fetchMedia({ url: here('/hang') }, options(), controller.signal);
    controller.abort(new Error('gone'));
    await expect(going).rejects.toThrow('gone');
  });
});

describe('file', () => {
  const url = (...names: string[]) => pathToFileURL(join(...names)).href;

  test('below the media root, also through a link that stays there', async () => {
    for (const name of ['in.mp4', 'fine.mp4'])
      expect(readFileSync((await get(url(root, name))).path, 'utf8')).toBe('inside');
  });

  test.each([
    ['another folder', () => url(outside, 'secret.mp4')],
    ['dots', () => `${url(root)}/../outside/secret.mp4`],
    ['encoded dots', () => `${url(root)}/%2e%2e/outside/secret.mp4`],
    ['a link', () => url(root, 'link.mp4')],
    ['a link to a folder', () => url(root, 'door', 'secret.mp4')],
    ['a folder whose name begins like the root', () => url(`${root}-other`, 'x.mp4')],
    ['the root itself', () => url(root)],
    ['nothing there', () => url(outside, 'absent.mp4')],
  ])('%s outside is refused in the same words', async (_, make) => {
    await expect(get(make())).rejects.toEqual(failure('media-outside-root', 'the file lies outside the media root'));
  });

  test('without a root, absent, too large, on another host', async () => {
    await expect(get(url(root, 'in.mp4'), { mediaRoot: undefined })).rejects.toEqual(
      failure('media-file-refused', /not served/),
    );
    await expect(get(url(root, 'absent.mp4'))).rejects.toEqual(failure('media-missing', /no file absent.mp4/));
    mkdirSync(join(root, 'folder'));
    await expect(get(url(root, 'folder'))).rejects.toEqual(failure('media-missing', /no file/));
    await expect(get(url(root, 'in.mp4'), { maxBytes: 3 })).rejects.toEqual(
      failure('media-too-large', /6 bytes, more than 3/),
    );
    await expect(get('file://elsewhere/in.mp4')).rejects.toEqual(failure('media-url', /no path here/));
  });
});

describe('data', () => {
  test('base64, with line breaks and without padding', async () => {
    for (const text of ['aGVsbG8=', 'aGVsbG8', 'aGVs\nbG8=', 'aGVsbG8_'.slice(0, 7)])
      expect(Buffer.from(dataBytes(`data:video/mp4;base64,${text}`, 100)).toString()).toMatch(/^hello/);
    expect((await get('data:video/mp4;base64,')).identity).toBe(sha256(''));
  });

  test.each([
    ['data:video/mp4,plain', /of the form/],
    ['data:video/mp4;base64', /of the form/],
    ['data:video/mp4;base64,a$b!', /not base64/],
    [`data:video/mp4;base64,${'A'.repeat(2000)}`, /1500 bytes, more than 1000/],
  ])('%.40s is refused', async (url, message) => {
    await expect(get(url)).rejects.toMatchObject({ status: 400, message: expect.stringMatching(message) });
  });

  test.each(['ftp://host/a.mp4', 'javascript:1', 'a.mp4', '/etc/passwd', '', 'blob:x'])(
    '%j is no URL of media',
    async (url) => {
      await expect(get(url)).rejects.toEqual(failure('media-url', /http:, https:, data: or file:/));
    },
  );
});
