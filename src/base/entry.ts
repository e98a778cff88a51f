// The file to start as a process of its own, in development (.ts, run by Node directly) and in the built package (.js).
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Path of a module beside the caller, without extension in `name`, with the caller's own: for `spawn(process.execPath,
 * [moduleBeside(import.meta.url, './server')])`. The build rewrites imports, not such paths.
 */
export function moduleBeside(callerUrl: string, name: string): string {
  const caller = fileURLToPath(callerUrl);
  return fileURLToPath(new URL(`${name}${extname(caller)}`, callerUrl));
}
