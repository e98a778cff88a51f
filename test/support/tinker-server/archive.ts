// Archives of adapters as the real tar writes them, for servers and tests.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const archivedWeights = Buffer.from(Array.from({ length: 3000 }, (_, i) => i % 256));
/** What such an archive holds, in the order of the alphabet. */
export const archivedNames = ['README.md', 'adapter_config.json', 'adapter_model.safetensors'];

export function adapterArchive(format = 'ustar', names: readonly string[] = archivedNames): Uint8Array<ArrayBuffer> {
  const dir = mkdtempSync(join(tmpdir(), 'tar-'));
  mkdirSync(join(dir, 'deep'));
  for (const name of names)
    writeFileSync(join(dir, 'deep', name), name.endsWith('.json') ? '{"r": 8}' : archivedWeights);
  execFileSync('tar', ['-czf', 'a.tar.gz', `--format=${format}`, 'deep'], { cwd: dir });
  return Uint8Array.from(readFileSync(join(dir, 'a.tar.gz')));
}
