// Where a sample's media file is: one media root for every stage, checked before work starts. Leaves out: decoding (media/).
import { isAbsolute, relative, resolve } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import { mapPool } from '../base/pool.ts';
import type { Sample } from './sample.ts';

type WithMedia = Pick<Sample, 'problem_id' | 'path'>;

/** The absolute path of a sample's file: `path` below `root` ('./' in front is fine). Throws `media-outside-root` for '../…'. */
export function mediaPath(root: string, sample: WithMedia): string {
  const base = resolve(root);
  const file = resolve(base, sample.path);
  const inside = relative(base, file);
  if (inside !== '' && !inside.startsWith('..') && !isAbsolute(inside)) return file;
  throw new VideorftError('A sample points outside the media root.', {
    code: 'media-outside-root',
    facts: { sample: sample.problem_id, path: sample.path, mediaRoot: base },
    fix: 'Set mediaRoot to a folder that holds all media files.',
  });
}

/** As `mediaPath`, and the file is there. Throws `media-missing` with the file's name, `file-unreadable`. */
export async function mediaFile(root: string, sample: WithMedia): Promise<string> {
  const file = mediaPath(root, sample);
  const found = await statIfPresent(file);
  if (found?.isFile()) return file;
  throw new VideorftError(`There is no media file ${file}.`, {
    code: 'media-missing',
    facts: { sample: sample.problem_id, path: sample.path, mediaRoot: resolve(root) },
    fix: 'Check mediaRoot, or fetch the missing file.',
  });
}

/** The samples whose media file is missing or outside the root, with the error of each; for the check before step 0. */
export async function missingMedia<T extends WithMedia>(
  root: string,
  samples: readonly T[],
): Promise<{ sample: T; error: VideorftError }[]> {
  const found = await mapPool(samples, 16, async (sample) => {
    try {
      await mediaFile(root, sample);
      return [];
    } catch (error) {
      if (!(error instanceof VideorftError)) throw error;
      return [{ sample, error }];
    }
  });
  return found.flat();
}
