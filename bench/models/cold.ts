// What reading a checkpoint from disk takes at least: `cat` of its files with the page cache dropped, which only root can do.
import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether the page cache is empty now. */
export async function dropPageCache(): Promise<boolean> {
  try {
    await run('sync');
    await writeFile('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}

/** Seconds of a cold `cat` of the folder's weights; undefined where the cache cannot be dropped. */
export async function coldCat(dir: string): Promise<number | undefined> {
  if (!(await dropPageCache())) return undefined;
  const files = (await readdir(dir)).filter((f) => f.endsWith('.safetensors')).map((f) => join(dir, f));
  const start = performance.now();
  await run('sh', ['-c', 'cat "$@" > /dev/null', 'sh', ...files]);
  return (performance.now() - start) / 1000;
}
