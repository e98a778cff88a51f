// A file of the Hub on this disk: whole or under another name, going on where an earlier attempt stopped.
import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { VideorftError } from '../../base/errors.ts';
import { statIfPresent } from '../../base/if-present.ts';
import { type HubFile, type HubRepo, openFile } from './api.ts';

/** Makes `file` hold what the Hub has; nothing is fetched where it has that size already. Throws as api.ts, and `hub-size`. */
export async function download(
  repo: HubRepo,
  { path, bytes }: HubFile,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  if ((await statIfPresent(file))?.size === bytes) return;
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.part`;
  const had = (await statIfPresent(part))?.size ?? 0;
  const from = had < bytes ? had : 0;
  const response = await openFile(repo, path, from, signal);
  const goesOn = response.status === 206;
  if (response.body) {
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(body, createWriteStream(part, { flags: goesOn ? 'a' : 'w' }), { signal });
  }
  const size = (await statIfPresent(part))?.size ?? 0;
  if (size !== bytes) {
    throw new VideorftError(`${path} of ${repo.name} arrived with ${size} of ${bytes} bytes.`, {
      code: 'hub-size',
      facts: { dataset: repo.name, path, size, bytes },
      fix: 'Start again: what has been fetched stays.',
    });
  }
  await rename(part, file);
}
