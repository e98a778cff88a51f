// What changed between a draft and its revision, word by word (longest common subsequence).
// Leaves out: drawing. White space is kept, so that the parts joined give back both texts exactly.

export interface DiffPart {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Above this many word pairs in the part that differs, it is shown as replaced whole (memory stays below 20 MB). */
const largestTable = 4_000_000;

/** Words with the white space that follows them. */
const tokens = (text: string): string[] => text.match(/\s+|\S+\s*/g) ?? [];

/** Row-major (a+1)·(b+1) table: entry [i, j] is the length of the longest common subsequence of a[i..] and b[j..]. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      table[at] = a[i] === b[j] ? table[at + width + 1] + 1 : Math.max(table[at + width], table[at + 1]);
    }
  }
  return table;
}

function* walk(a: readonly string[], b: readonly string[]): Generator<DiffPart> {
  if (a.length * b.length > largestTable) {
    yield { kind: 'removed', text: a.join('') };
    yield { kind: 'added', text: b.join('') };
    return;
  }
  const table = commonLengths(a, b);
  const width = b.length + 1;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      yield { kind: 'same', text: a[i++] };
      j++;
    } else if (i < a.length && (j === b.length || table[(i + 1) * width + j] >= table[i * width + j + 1])) {
      yield { kind: 'removed', text: a[i++] };
    } else {
      yield { kind: 'added', text: b[j++] };
    }
  }
}

/** Neighbouring parts of one kind as one; within a changed stretch, all removals stand before all additions. */
function merge(parts: Iterable<DiffPart>): DiffPart[] {
  const out: DiffPart[] = [];
  let removed = '';
  let added = '';
  const flush = () => {
    if (removed) out.push({ kind: 'removed', text: removed });
    if (added) out.push({ kind: 'added', text: added });
    removed = '';
    added = '';
  };
  for (const { kind, text } of parts) {
    if (kind === 'removed') removed += text;
    else if (kind === 'added') added += text;
    else {
      flush();
      const last = out.at(-1);
      if (last?.kind === 'same') out[out.length - 1] = { kind, text: last.text + text };
      else out.push({ kind, text });
    }
  }
  flush();
  return out;
}

/** Difference of two texts. 'same' + 'removed' parts joined are `before`; 'same' + 'added' parts joined are `after`. */
export function wordDiff(before: string, after: string): DiffPart[] {
  const a = tokens(before);
  const b = tokens(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let tail = 0;
  while (tail < a.length - start && tail < b.length - start && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const same = (text: string): DiffPart[] => (text ? [{ kind: 'same', text }] : []);
  return merge([
    ...same(a.slice(0, start).join('')),
    ...walk(a.slice(start, a.length - tail), b.slice(start, b.length - tail)),
    ...same(a.slice(a.length - tail).join('')),
  ]);
}
