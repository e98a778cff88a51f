// Sentences → facts without places: what someone believes who only has the sentences.
import type { Facts, Figure, Motion, Thing } from '../facts.ts';
import { type Claim, claimOf } from '../language/parse.ts';

type ClaimOf<T extends Claim['type']> = Extract<Claim, { type: T }>;

function ofType<T extends Claim['type']>(claims: readonly Claim[], type: T): ClaimOf<T>[] {
  return claims.filter((claim): claim is ClaimOf<T> => claim.type === type);
}

/** Bars have no heights in sentences; the tallest one is 2, the others 1. */
function figureOf(claims: readonly Claim[]): Figure | undefined {
  const [glass] = ofType(claims, 'glass');
  if (glass) return { type: 'glass', colour: glass.colour, level: glass.level };
  const [balance] = ofType(claims, 'balance');
  if (balance) return { type: 'balance', lower: balance.lower };
  const [bars] = ofType(claims, 'bars');
  const tallest = ofType(claims, 'tallest')[0]?.colour;
  if (!bars) return undefined;
  return { type: 'bars', bars: bars.colours.map((colour) => ({ colour, height: colour === tallest ? 2 : 1 })) };
}

function thingsOf(claims: readonly Claim[]): Thing[] {
  const relations = ofType(claims, 'relation');
  const moving = ofType(claims, 'thing').map(({ colour, shape, motion }): Thing => {
    const relation = relations.find((r) => r.colour === colour && r.shape === shape);
    const whole: Motion = relation ? { ...motion, kind: relation.kind, target: relation.target } : motion;
    return { colour, shape, motion: whole, places: [] };
  });
  const pictured = ofType(claims, 'there').map(
    ({ colour, shape }): Thing => ({ colour, shape, motion: { kind: 'still' }, places: [] }),
  );
  return [...moving, ...pictured];
}

/** What the sentences say; sentences that make no claim are passed over. */
export function factsOfSentences(sentences: readonly string[]): Pick<Facts, 'things' | 'writings' | 'figure'> {
  const claims = sentences.flatMap((sentence) => claimOf(sentence) ?? []);
  const writings = ofType(claims, 'sign').map(({ text }, at) => ({ text, from: 0, x: 0, y: at }));
  const figure = figureOf(claims);
  return { things: thingsOf(claims), writings, ...(figure && { figure }) };
}
