// Files of this machine: only below the media root, and neither '..' nor a link leads out of it. What is outside is refused in the same words
// whether it exists or not.
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
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

/** What the system says of a path that leads to no file, whatever is wrong with it. */
const noFile = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'ERR_INVALID_ARG_VALUE'];

/** What is said of a path that leads out of the root, and of one (relative to it) that leads to nothing. */
interface BelowErrors {
  outside(): Error;
  missing(place: string): Error;
}

const ofMedia: BelowErrors = {
  outside: () => badRequest('the file lies outside the media root', 'media-outside-root'),
  missing: (place) => badRequest(`there is no file ${place} below the media root`, 'media-missing'),
};

/** The real path of a file below the media root, of a path that may be relative to it. Errors (400): media-outside-root, media-missing. */
export const fileBelow = (named: string, root: string): Promise<string> => realBelow(named, root, ofMedia);

/** The real path of what `named` leads to below `root`; it may be relative to it. Throws what `errors` makes. */
export async function realBelow(named: string, root: string, errors: BelowErrors): Promise<string> {
  const path = resolve(root, named);
  const realRoot = await realpath(root);
  if (!isBelow(realRoot, path) && !isBelow(root, path)) throw errors.outside();
  let real: string;
  try {
    real = await realpath(path);
  } catch (cause) {
    if (!noFile.includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    throw errors.missing(relative(root, path));
  }
  if (!isBelow(realRoot, real)) throw errors.outside();
  return real;
}

/** The real path behind a file: URL. Errors (400): as fileBelow, media-file-refused, media-url. */
export async function localFile(url: URL, root: string | undefined): Promise<string> {
  if (root !== undefined) return fileBelow(pathOf(url), root);
  throw badRequest(
    'file: URLs are not served here',
    'media-file-refused',
    undefined,
    'the operator can set --media-root',
  );
}

/** The size of a file that is there to be read, `maxBytes` at most. Errors (400): media-missing, media-too-large. */
export async function readableSize(path: string, maxBytes: number): Promise<Stats> {
  const info = await stat(path);
  if (!info.isFile()) throw badRequest('the path is no file', 'media-missing');
  if (info.size > maxBytes) throw tooLarge(info.size, maxBytes);
  return info;
}

export const tooLarge = (bytes: number, maxBytes: number) =>
  badRequest(`the file has ${bytes} bytes, more than ${maxBytes}`, 'media-too-large');
