// What strangers may send: damaged media and completions of any shape. Each ends in a result or in an error of ours that names what is
// wrong, never in a crash, a hang, or a reward outside its range.
import { readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VideorftError } from '../../src/base/errors.ts';
import { createRng } from '../../src/base/rng.ts';
import { encodeVideo, loadClip, micro } from '../../src/media/index.ts';
import { parseCompletion } from '../../src/prompt/parse.ts';
import { accuracyReward } from '../../src/rewards/accuracy/score.ts';
import { formatReward } from '../../src/rewards/format.ts';
import { movingSquare, scratchFolder } from '../support/media.ts';

const at = await scratchFolder();

/** Bytes flipped, a stretch cut out, doubled or zeroed, or the end missing. */
function damaged(bytes: Uint8Array, seed: number): Uint8Array {
  const rng = createRng(seed);
  const out = Uint8Array.from(bytes);
  const [from, length] = [rng.int(out.length), 1 + rng.int(Math.ceil(out.length / 4))];
  switch (seed % 5) {
    case 0:
      for (let i = 0; i < 1 + rng.int(40); i++) out[rng.int(out.length)] = rng.int(256);
      return out;
    case 1:
      return Buffer.concat([out.subarray(0, from), out.subarray(from + length)]);
    case 2:
      return Buffer.concat([out.subarray(0, from + length), out.subarray(from)]);
    case 3:
      return out.fill(0, from, from + length);
    default:
      return out.subarray(0, from);
  }
}

test('1,000 damaged clips: frames of the right number and size, or an error of ours', async () => {
  await encodeVideo(at('whole.mp4'), movingSquare(32), { fps: 8 });
  const whole = await readFile(at('whole.mp4'));
  let [loaded, refused] = [0, 0];
  for (let seed = 0; seed < 1000; seed++) {
    const file = at(`damaged-${seed % 10}.mp4`);
    await writeFile(file, damaged(whole, seed));
    try {
      const { frames } = await loadClip(file, micro, { timeoutMs: 20_000 });
      expect(frames, `seed ${seed}`).toHaveLength(micro.nframes);
      for (const f of frames) expect(f.data.length, `seed ${seed}`).toBe(f.width * f.height * 3);
      loaded++;
    } catch (error) {
      if (!(error instanceof VideorftError)) throw new Error(`seed ${seed}`, { cause: error });
      expect(error.code, `seed ${seed}`).toMatch(/^media-/);
      expect(error.message, `seed ${seed}`).toContain(file);
      refused++;
    }
  }
  console.log(`${loaded} loaded, ${refused} refused`);
  expect(loaded).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(300);
});

const scraps = fc.constantFrom(
  '<think>',
  '</think>',
  '<answer>',
  '</answer>',
  'A',
  'B. left',
  '42',
  '-1,234.5e3',
  '٣٫٥',
  '50%',
  '1/0',
  'NaN',
  'Infinity',
  '\n',
  ' ',
  '。',
  '. ',
  '\u0000',
  '\ud83d',
  '😀',
  'the '.repeat(200),
);
const completions = fc.array(fc.oneof(scraps, fc.string({ unit: 'binary' })), { maxLength: 30 }).map((p) => p.join(''));
const truths = [
  ['multiple choice', 'B'],
  ['numerical', '42'],
  ['OCR', 'EXIT NORTH'],
  ['free-form', 'A red circle moves left.'],
  ['regression', '0.25'],
] as const;

test('100,000 completions: every reward is a number in [0, 1], the same each time', () => {
  fc.assert(
    fc.property(completions, fc.constantFrom(...truths), (text, [problem_type, answer]) => {
      const options = problem_type === 'multiple choice' ? ['A. left', 'B. right', 'C. up', 'D. down'] : null;
      const sample = { problem_id: 1, problem_type, options, solution: `<answer>${answer}</answer>` };
      const parsed = parseCompletion(text);
      const reward = (variant: 'paper' | 'released') => [
        formatReward(parsed, text, variant),
        accuracyReward(sample, parsed.answer, { variant }).value,
      ];
      for (const variant of ['paper', 'released'] as const) {
        for (const value of reward(variant)) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        expect(reward(variant)).toEqual(reward(variant));
      }
    }),
    { numRuns: 100_000, seed: 5 },
  );
});
