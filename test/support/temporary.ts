// Vitest's global setup: whatever tests leave in the temporary folder goes when the run ends, so that a hundred runs do not fill a disk.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives the run a temporary folder and a cache of its own (workers inherit the environment), and takes them away. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'videorft-tests-'));
  // A server that a test starts as another user (PostgreSQL) finds its own folder below.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  return () => rmSync(folder, { recursive: true, force: true });
}
