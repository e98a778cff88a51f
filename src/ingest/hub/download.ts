// A file of the Hub on this disk: whole or under another name, going on where an earlier attempt stopped.
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { VideorftError } from '../../base/errors.ts';
import { sha256File } from '../../base/hash.ts';
import { statIfPresent } from '../../base/if-present.ts';
import { type HubFile, type HubRepo, openFile } from './api.ts';

/** Makes `file` hold what the Hub has; nothing is fetched where it has that size already. Throws as api.ts, `hub-interrupted`, `hub-damaged`. */
export async function download(repo: HubRepo, wanted: HubFile, file: string, signal?: AbortSignal): Promise<void> {
  const { path, bytes } = wanted;
  if ((await statIfPresent(file))?.size === bytes) return;
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.part`;
  const had = (await statIfPresent(part))?.size ?? 0;
  const response = await openFile(repo, path, had < bytes ? had : 0, signal);
  await save(response, part, signal).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new VideorftError(`The connection broke while ${path} of ${repo.name} was fetched.`, {
      code: 'hub-interrupted',
      facts: { dataset: repo.name, path, file: part },
      fix: 'Check disk and network, and start again: what has been fetched stays.',
      cause,
    });
  });
  await refuseDamaged(repo, wanted, part);
  await rename(part, file);
}

/** Behind what is there, where the server goes on from it; else anew. */
async function save(response: Response, part: string, signal?: AbortSignal): Promise<void> {
  const flags = response.status === 206 ? 'a' : 'w';
  const body = response.body
    ? Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
    : Readable.from([]);
  await pipeline(body, createWriteStream(part, { flags }), { signal });
}

async function refuseDamaged(repo: HubRepo, { path, bytes, sha256 }: HubFile, part: string): Promise<void> {
  const size = (await statIfPresent(part))?.size ?? 0;
  if (size === bytes && (sha256 === undefined || (await sha256File(part)) === sha256)) return;
  await rm(part);
  throw new VideorftError(`${path} of ${repo.name} is not what the Hub says it is.`, {
    code: 'hub-damaged',
    facts: { dataset: repo.name, path, size, bytes, sha256 },
    fix: 'Start again; where that does not help, give hub.revision a commit: the file may have changed meanwhile.',
  });
}
