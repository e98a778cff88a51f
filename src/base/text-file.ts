// Text files that may not be there yet. Only absence is an answer; a file that cannot be read is an error.
import { readFile } from 'node:fs/promises';
import { VideorftError } from './errors.ts';

/** The file's text, or undefined where there is no such file. Throws 'file-unreadable' for any other failure. */
export async function readTextIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new VideorftError('a file is there but cannot be read', {
      code: 'file-unreadable',
      facts: { file },
      fix: 'check its permissions and the disk',
      cause,
    });
  }
}
