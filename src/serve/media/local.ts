// file:// URLs: only below the media root, and neither '..' nor a link leads out of it. What is outside is refused in the same words
// whether it exists or not.
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { badRequest } from '../errors.ts';

const isBelow = (root: string, path: string) => {
  const inside = relative(root, path);
  return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
};

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw badRequest(`the file URL has no path here: ${(cause as Error).message}`, 'media-url');
  }
}

/** The real path of a file below `root`. Errors (400): media-file-refused, media-outside-root, media-missing, media-url. */
export async function localFile(url: URL, root: string | undefined): Promise<string> {
  if (root === undefined)
    throw badRequest(
      'file: URLs are not served here',
      'media-file-refused',
      undefined,
      'the operator can set --media-root',
    );
  const outside = () => badRequest('the file lies outside the media root', 'media-outside-root');
  const path = pathOf(url);
  const realRoot = await realpath(root);
  if (!isBelow(realRoot, path) && !isBelow(root, path)) throw outside();
  let real: string;
  try {
    real = await realpath(path);
  } catch (cause) {
    if (!['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    throw badRequest(`there is no file ${relative(root, path)} below the media root`, 'media-missing');
  }
  if (!isBelow(realRoot, real)) throw outside();
  return real;
}
