// Who asks the same of the same media: by the media's content, the question and its options, whatever their spacing and case. Also
// keeps ids unique. Remembers a hash of each sample, not the sample.
import { createHash } from 'node:crypto';
import type { Sample } from '../../data/sample.ts';

export interface Earlier {
  readonly id: Sample['problem_id'];
  /** Whether it has the same answer. */
  readonly agrees: boolean;
}

const plain = (text: string) => text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();

/** The first characters, a byte each, of the hash: 16 for what must not collide among millions, 4 to compare two. */
const hashed = (length: number, ...parts: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest().toString('latin1', 0, length);
const ANSWER = 4;

export class Seen {
  /** By question: hash of the answer, then the id as JSON; one text, for there are many. */
  readonly #questions = new Map<string, string>();
  readonly #ids = new Set<string>();

  /** The earlier sample that asks the same; else this one is remembered. `media` is the hash of its content. */
  earlier({ problem_id, problem, options, solution }: Sample, media: string): Earlier | undefined {
    const key = hashed(16, media, plain(problem), ...(options ?? []).map(plain));
    const answer = hashed(ANSWER, plain(solution));
    const found = this.#questions.get(key);
    if (found === undefined) {
      this.#questions.set(key, answer + JSON.stringify(problem_id));
      return undefined;
    }
    const id = JSON.parse(found.slice(ANSWER)) as Sample['problem_id'];
    return { id, agrees: found.startsWith(answer) };
  }

  /** The sample's own id, or where another has it one that says where the sample comes from. */
  ownId(id: Sample['problem_id'], source: string, line: number): Sample['problem_id'] {
    // 1 and "1" are one id to those who read them as text.
    const own =
      [id, `${source}/${id}`].find((candidate) => !this.#ids.has(String(candidate))) ?? `${source}/${id}@${line}`;
    this.#ids.add(String(own));
    return own;
  }
}
