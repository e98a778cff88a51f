// The trained adapter as files (PEFT), from the archive that a server gives out: a gzipped tar. Leaves out: everything else in it, and
// servers that give none out.
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { writeFileAtomic } from '../../base/atomic.ts';
import { VideorftError } from '../../base/errors.ts';

const WANTED = new Set(['adapter_model.safetensors', 'adapter_config.json']);
const BLOCK = 512;

/** A field of a header: text up to the first zero byte. */
const field = (header: Uint8Array, from: number, length: number): string =>
  Buffer.from(header.subarray(from, from + length))
    .toString('latin1')
    .split('\0', 1)[0];

/** The regular files of a tar by the last part of their names; other entries are passed over. Throws 'tinker-archive'. */
export function filesOfTar(bytes: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const header = bytes.subarray(at, at + BLOCK);
    const size = Number.parseInt(field(header, 124, 12).trim(), 8);
    const end = at + BLOCK + size;
    if (!Number.isInteger(size) || end > bytes.length)
      throw new VideorftError('the archive of the adapter is cut off or no tar', {
        code: 'tinker-archive',
        facts: { at },
      });
    const isFile = header[156] === 0 || header[156] === '0'.charCodeAt(0);
    if (isFile) files.set(basename(field(header, 0, 100)), bytes.subarray(at + BLOCK, end));
    at = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

/** Writes the adapter's two files into `dir`. Throws 'tinker-archive' where they are not in the archive. */
export async function writeAdapterFiles(archive: Uint8Array, dir: string): Promise<void> {
  const tar = await promisify(gunzip)(archive).catch((cause: unknown) => {
    throw new VideorftError('the archive of the adapter is not gzipped', { code: 'tinker-archive', cause });
  });
  const files = filesOfTar(tar);
  const missing = [...WANTED].filter((name) => !files.has(name));
  if (missing.length > 0)
    throw new VideorftError(`the archive of the adapter lacks ${missing.join(' and ')}`, {
      code: 'tinker-archive',
      facts: { holds: [...files.keys()].join(', ') },
    });
  await mkdir(dir, { recursive: true });
  for (const name of WANTED) await writeFileAtomic(join(dir, name), files.get(name) as Uint8Array);
}
