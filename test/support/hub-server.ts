// A local server that speaks the Hub's interface for publishing: repositories, which files are large, large files by hash (whole or in parts),
// commits. It checks every hash, keeps what was committed, and can be made to misbehave. Leaves out: reading (test/ingest-hub.test.ts).

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256 } from '../../src/base/hash.ts';

export interface HubServer extends AsyncDisposable {
  readonly endpoint: string;
  /** Method and path of every request. */
  readonly asked: string[];
  /** Bodies of requests that made repositories. */
  readonly made: { name: string; organization: string; visibility?: string }[];
  /** What is committed, by path. */
  readonly committed: Map<string, Buffer>;
  /** Messages of the commits. */
  readonly commits: string[];
  /** Authorization headers that came. */
  readonly tokens: Set<string | undefined>;
  /** Answers in the server's place where it returns true. */
  trouble: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** Larger files go by hash; those by hash that are larger than a part, in parts. */
const LARGE = 1500;
const PART = 8000;

interface CommitLine {
  readonly key: 'header' | 'file' | 'lfsFile';
  readonly value: { summary?: string; path: string; content?: string; oid?: string };
}

export async function startHubServer(repo: string): Promise<HubServer> {
  const blobs = new Map<string, Buffer>();
  const parts = new Map<string, Buffer[]>();
  let exists = false;
  const state = {
    asked: [] as string[],
    made: [] as HubServer['made'],
    committed: new Map<string, Buffer>(),
    commits: [] as string[],
    tokens: new Set<string | undefined>(),
    trouble: undefined as HubServer['trouble'],
  };
  const json = (response: ServerResponse, body: object, status = 200): ServerResponse =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const tagged = (response: ServerResponse, tag: string): ServerResponse =>
    response.writeHead(200, { etag: `"${tag}"` }).end();

  const store = (oid: string, bytes: Buffer, response: ServerResponse): ServerResponse => {
    if (sha256(bytes) !== oid) return json(response, { error: 'not what its hash says' }, 422);
    blobs.set(oid, bytes);
    return tagged(response, 'whole');
  };

  const uploadOf = (oid: string, size: number) => {
    if (blobs.has(oid)) return {};
    const href = `${endpoint}/store/${oid}`;
    if (size <= PART) return { actions: { upload: { href } } };
    const count = Math.ceil(size / PART);
    const hrefs = Array.from({ length: count }, (_, i) => [String(i + 1).padStart(5, '0'), `${href}/${i}`]);
    return { actions: { upload: { href, header: { chunk_size: String(PART), ...Object.fromEntries(hrefs) } } } };
  };

  const commit = (body: Buffer, response: ServerResponse): ServerResponse => {
    const lines = body
      .toString('utf8')
      .split('\n')
      .map((line) => JSON.parse(line) as CommitLine);
    const next = new Map<string, Buffer>();
    for (const { key, value } of lines) {
      if (key === 'header') state.commits.push(value.summary ?? '');
      else if (key === 'file') next.set(value.path, Buffer.from(value.content!, 'base64'));
      else if (!blobs.has(value.oid!)) return json(response, { error: `no blob for ${value.path}` }, 400);
      else next.set(value.path, blobs.get(value.oid!)!);
    }
    for (const [path, bytes] of next) state.committed.set(path, bytes);
    return json(response, { commitOid: `c${state.commits.length}`, commitUrl: 'x' });
  };

  const answer = (request: IncomingMessage, response: ServerResponse, body: Buffer): ServerResponse => {
    const path = decodeURIComponent(new URL(request.url!, endpoint).pathname);
    const [, oid, part] = /^\/store\/([0-9a-f]{64})(?:\/(\d+))?$/.exec(path) ?? [];
    if (path === '/api/repos/create') {
      const made = JSON.parse(body.toString()) as HubServer['made'][number];
      state.made.push(made);
      exists = `${made.organization}/${made.name}` === repo;
      return json(response, { url: path, id: repo });
    }
    if (oid && part !== undefined) {
      const found = parts.get(oid) ?? [];
      found[Number(part)] = body;
      parts.set(oid, found);
      return tagged(response, part);
    }
    if (oid && request.method === 'POST') return store(oid, Buffer.concat(parts.get(oid) ?? []), response);
    if (oid) return store(oid, body, response);
    if (!exists) return json(response, { error: 'Repository not found' }, 404);
    if (path === `/api/datasets/${repo}`) return json(response, { id: repo });
    if (path === `/api/datasets/${repo}/preupload/main`) {
      const { files } = JSON.parse(body.toString()) as { files: { path: string; size: number }[] };
      const mode = (size: number) => (size > LARGE ? 'lfs' : 'regular');
      return json(response, { files: files.map((file) => ({ path: file.path, uploadMode: mode(file.size) })) });
    }
    if (path === `/datasets/${repo}.git/info/lfs/objects/batch`) {
      const { objects } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] };
      return json(response, {
        objects: objects.map((object) => ({ ...object, ...uploadOf(object.oid, object.size) })),
      });
    }
    if (path === `/api/datasets/${repo}/commit/main`) return commit(body, response);
    return json(response, { error: 'Invalid rev id' }, 404);
  };

  const server = createServer(async (request, response) => {
    state.asked.push(`${request.method} ${new URL(request.url!, endpoint).pathname}`);
    if (!request.url!.startsWith('/store/')) state.tokens.add(request.headers.authorization);
    if (state.trouble?.(request, response)) return;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    answer(request, response, Buffer.concat(pieces));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    endpoint,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
