// How often reasoning looks at itself again ("wait", "let me check"), by rule and by phrase. The rules are report/reflection.ts's.
import { findReflections, reflectionRules } from '../report/reflection.ts';
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

/** One test for all rules: most texts have none. */
const any = new RegExp(
  Object.values(reflectionRules)
    .map(({ source }) => source)
    .join('|'),
  'i',
);

export function createReflectionCount() {
  let [texts, reflecting, found] = [0, 0, 0];
  const byRule = createTally();
  const phrases = createTally(2000);
  return {
    add(text: string): void {
      texts++;
      if (!any.test(text)) return;
      reflecting++;
      for (const { phrase } of findReflections(text)) {
        found++;
        phrases.add(phrase.toLowerCase().replace(/\s+/g, ' ').trim());
      }
      for (const [rule, expression] of Object.entries(reflectionRules)) {
        const matches = text.match(expression)?.length ?? 0;
        if (matches > 0) byRule.add(rule, matches);
      }
    },
    result(): Reflections {
      const most = Object.entries(phrases.result()).slice(0, PHRASES);
      return { texts, reflecting, found, byRule: byRule.result(), phrases: Object.fromEntries(most) };
    },
  };
}
