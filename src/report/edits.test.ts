// Kinds of corrections by hand, and word counts that add up.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { correctionKind, wordsChanged } from './edits.ts';

test.each([
  ['The car is red.', 'The car is blue.', 'colour'],
  ['There are two people.', 'There are 3 people.', 'count'],
  ['It happens at 4 s.', 'It happens at 7 s.', 'time'],
  ['It happens at 0:04.', 'It happens at 0:09.', 'time'],
  ['The circle moves left.', 'The circle moves to the right.', 'direction'],
  ['The cup is on the left.', 'The cup is on the right.', 'place'],
  ['The cup stands above the plate.', 'The cup stands below the plate.', 'place'],
  ['He sits down before she leaves.', 'He sits down after she leaves.', 'order'],
  ['A dog is visible.', 'No dog is visible.', 'presence'],
  ['A man opens the box.', 'A man closes the box.', 'other'],
  ['same', 'same', 'other'],
])('%s → %s: %s', (claim, correction, kind) => {
  expect(correctionKind({ claim, correction })).toBe(kind);
});

test('words that stay and go are those before, words that stay and come those after', () => {
  expect(wordsChanged('a b b c', 'b c c d')).toEqual({ same: 2, removed: 2, added: 2 });
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd')).map((words) => words.join(' '));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const { same, removed, added } = wordsChanged(before, after);
      const count = (words: string) => words.match(/\S+/g)?.length ?? 0;
      expect([same + removed, same + added]).toEqual([count(before), count(after)]);
      expect(wordsChanged(after, before)).toEqual({ same, removed: added, added: removed });
    }),
  );
});
