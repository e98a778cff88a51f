// How often reasoning looks at itself again ("wait", "let me check"), by rule and by phrase. The rules are report/reflection.ts's.
import { findReflections } from '../report/reflection.ts';
import { createTally } from './tallies.ts';

export interface Reflections {
  readonly texts: number;
  /** Texts with at least one. */
  readonly reflecting: number;
  readonly found: number;
  readonly byRule: Readonly<Record<string, number>>;
  /** The most frequent phrases. */
  readonly phrases: Readonly<Record<string, number>>;
}

const PHRASES = 15;

export function createReflectionCount() {
  let [texts, reflecting, found] = [0, 0, 0];
  const byRule = createTally();
  const phrases = createTally(2000);
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
      const most = Object.entries(phrases.result()).slice(0, PHRASES);
      return { texts, reflecting, found, byRule: byRule.result(), phrases: Object.fromEntries(most) };
    },
  };
}
