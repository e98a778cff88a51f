// How often reasoning looks at itself again ("wait", "let me check"), by rule and by phrase. The rules are report/reflection.ts's.
import { findReflections } from '../report/reflection.ts';
import { createTally, OTHERS } from './tallies.ts';

export interface Reflections {
  readonly texts: number;
  /** Texts with at least one. */
  readonly reflecting: number;
  readonly found: number;
  readonly byRule: Readonly<Record<string, number>>;
  /** The most frequent phrases of those that are told apart. */
  readonly phrases: Readonly<Record<string, number>>;
}

const PHRASES = 15;
/** So many are told apart. */
const DISTINCT = 2000;

export function createReflectionCount() {
  let [texts, reflecting, found] = [0, 0, 0];
  const byRule = createTally();
  const phrases = createTally(DISTINCT);
  return {
    add(text: string): void {
      texts++;
      const reflections = findReflections(text);
      if (reflections.length > 0) reflecting++;
      for (const { rule, phrase } of reflections) {
        found++;
        byRule.add(rule);
        phrases.add(phrase.toLowerCase().replace(/\s+/g, ' ').trim());
      }
    },
    result(): Reflections {
      const most = Object.entries(phrases.result())
        .filter(([phrase]) => phrase !== OTHERS)
        .slice(0, PHRASES);
      return { texts, reflecting, found, byRule: byRule.result(), phrases: Object.fromEntries(most) };
    },
  };
}
