// Parts of an evaluation for several machines: whole videos each, so that every video is decoded on one machine alone, and nearly equally many questions.
// The same questions give the same parts everywhere. Leaves out: putting results together (recipes/merge-results.ts).
import { VideorftError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import type { Question } from './question.ts';

export interface Shard {
  /** 1-based. */
  readonly index: number;
  readonly of: number;
}

/** "2/8". Throws 'evaluation-shard'. */
export function parseShard(text: string): Shard {
  const [index, of] = text.split('/').map(Number);
  if (Number.isInteger(index) && Number.isInteger(of) && index >= 1 && index <= of) return { index, of };
  throw new VideorftError(`there is no shard ${text}`, {
    code: 'evaluation-shard',
    fix: 'give the number of the part and of all parts: 1/8 to 8/8',
  });
}

/** The questions of one part, in their order: the largest videos first, each to the part that has fewest questions so far. */
export function shardOf(questions: readonly Question[], { index, of }: Shard): Question[] {
  const videos = [...Map.groupBy(questions, ({ path }) => path)].map(([path, about]) => ({
    path,
    size: about.length,
    tie: sha256(path),
  }));
  videos.sort((a, b) => b.size - a.size || (a.tie < b.tie ? -1 : 1));
  const sizes = new Array<number>(of).fill(0);
  const mine = new Set<string>();
  for (const { path, size } of videos) {
    const part = sizes.indexOf(Math.min(...sizes));
    sizes[part] += size;
    if (part === index - 1) mine.add(path);
  }
  return questions.filter(({ path }) => mine.has(path));
}
