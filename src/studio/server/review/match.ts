// Whether a row holds a text, upper and lower case alike, in any of the fields that a reviewer reads. Pure.
import { rowOf } from '../../../curate/review/index.ts';

/** Fields that are searched; whatever else a row holds is not shown as text. */
const FIELDS = [
  'problem_id',
  'problem',
  'options',
  'solution',
  'process',
  'generated_answer',
  'draft',
  'path',
  'review_note',
];
const WHY = ['rejected', 'quarantine', 'inconsistencies'];

/** What is nested deeper than any row of ours is not searched. */
const MOST_DEPTH = 20;

function* textsOf(value: unknown, depth = 0): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'number') yield String(value);
  else if (typeof value === 'object' && value !== null && depth < MOST_DEPTH)
    for (const inner of Object.values(value)) yield* textsOf(inner, depth + 1);
}

/** Undefined where nothing is searched for. A line that is no row is searched as it stands. */
export function matcher(query: string): ((line: string) => boolean) | undefined {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return undefined;
  // How the text stands in a line, if it was written without escapes that it does not need; only such lines are parsed.
  const written = JSON.stringify(wanted).slice(1, -1);
  const holds = (text: string) => text.toLowerCase().includes(wanted);
  return (line) => {
    if (!/\\[u/]/.test(line) && !line.toLowerCase().includes(written)) return false;
    const row = rowOf(line);
    if (!row) return holds(line);
    return [...FIELDS, ...WHY].some((field) => [...textsOf(row[field])].some(holds));
  };
}
