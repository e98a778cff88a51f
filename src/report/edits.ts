// What refinement changes, in kinds: a correction is of the kind of the words that differ between what the draft claimed and what it should
// have said (the first rule that finds its words there). Leaves out: whether the refiner was right. English words.
import { wordDiff } from './word-diff.ts';

export const correctionKinds = ['time', 'colour', 'count', 'direction', 'place', 'order', 'presence', 'other'] as const;
export type CorrectionKind = (typeof correctionKinds)[number];

interface Claim {
  readonly claim: string;
  readonly correction: string;
}

const number =
  /\d|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|once|twice|several|many|few)\b/i;
const seconds = /\d\s*(?:s|sec|secs|seconds?|min|minutes?)\b|\b\d+:\d\d\b/i;
const moving =
  /\b(?:mov|turn|rotat|walk|run|fly|fl(?:ies|ew)|ro(?:ll|tat)|slid|swip|fall|ris|go(?:es|ing)?\b|drive|spin)/i;
const side =
  /\b(?:left|right|up|down|upwards?|downwards?|clockwise|counter-?clockwise|anticlockwise|forwards?|backwards?|towards?|away|north|south|east|west)\b/i;

/** In order: the first whose words are among those that changed. `whole` is claim and correction together. */
const rules: readonly [CorrectionKind, (changed: string, whole: string) => boolean][] = [
  ['time', (changed, whole) => seconds.test(changed) || (number.test(changed) && seconds.test(whole))],
  [
    'colour',
    (changed) =>
      /\b(?:black|white|gr[ae]y|red|green|blue|yellow|orange|purple|violet|pink|brown|cyan|magenta|beige|gold(?:en)?|silver|colou?rs?|dark|bright)\b/i.test(
        changed,
      ),
  ],
  ['count', (changed) => number.test(changed)],
  ['direction', (changed, whole) => side.test(changed) && moving.test(whole)],
  [
    'place',
    (changed) =>
      side.test(changed) ||
      /\b(?:above|below|under(?:neath)?|over|behind|front|beside|between|inside|outside|near|far|top|bottom|corner|middle|cent(?:er|re)|background|foreground)\b/i.test(
        changed,
      ),
  ],
  [
    'order',
    (changed) =>
      /\b(?:before|after|first|second|third|then|last|lastly|finally|earlier|later|next|beginning|end)\b/i.test(
        changed,
      ),
  ],
  [
    'presence',
    (changed) =>
      /\b(?:no|not|nothing|nobody|none|never|absent|missing|visible|appears?|disappears?|there)\b|n't\b/i.test(changed),
  ],
];

/** The kind of one correction; 'other' is mostly objects and actions. */
export function correctionKind({ claim, correction }: Claim): CorrectionKind {
  const changed = wordDiff(claim, correction)
    .filter(({ kind }) => kind !== 'same')
    .map(({ text }) => text)
    .join(' ');
  return rules.find(([, applies]) => applies(changed, `${claim} ${correction}`))?.[0] ?? 'other';
}

export interface WordChanges {
  readonly same: number;
  readonly removed: number;
  readonly added: number;
}

/** Words of two texts as bags: how many stay, go and come. */
export function wordsChanged(before: string, after: string): WordChanges {
  const counts = new Map<string, number>();
  const wordsOf = (text: string) => text.match(/\S+/g) ?? [];
  const old = wordsOf(before);
  for (const word of old) counts.set(word, (counts.get(word) ?? 0) + 1);
  const fresh = wordsOf(after);
  let same = 0;
  for (const word of fresh) {
    const left = counts.get(word) ?? 0;
    if (left === 0) continue;
    counts.set(word, left - 1);
    same++;
  }
  return { same, removed: old.length - same, added: fresh.length - same };
}
