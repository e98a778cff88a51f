// `videorft chat` and `world` on a tiny random model: streaming, the same again, and what bad files say.
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliWorld, makeCliWorld, rowsOf, runCli } from '../../test/support/cli-world.ts';
import { setLogLevel } from '../base/log.ts';
import type { Sample } from '../data/sample.ts';
import { plantBadFiles } from '../world/index.ts';

let w: CliWorld;
beforeAll(async () => {
  setLogLevel('silent');
  w = await makeCliWorld();
  await plantBadFiles(w.world, 1);
});
afterAll(() => {
  setLogLevel('info');
  rmSync(w.dir, { recursive: true, force: true });
});

describe('chat', () => {
  const clip = () => join(w.world, rowsOf<Sample>(w.cot).find((row) => row.data_type === 'video')?.path ?? '');
  const ask = (...more: readonly (string | number)[]) =>
    runCli('chat', '--model', w.model, '--profile', 'micro', '--max-tokens', 12, ...more, 'Which way?');

  test('streams the answer piece by piece, the same for the same seed', async () => {
    const { status, out, pieces } = await ask('--video', clip(), '--temperature', 1, '--top-p', 1);
    expect([status, out]).toEqual([0, '']);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.at(-1)).toBe('\n');
    const text = pieces.join('');
    const again = await ask('--video', clip(), '--temperature', 1, '--top-p', 1);
    expect(again.pieces.join('')).toBe(text);
    const other = await ask('--video', clip(), '--temperature', 1, '--top-p', 1, '--seed', 1);
    expect(other.pieces.join('')).not.toBe(text);
  });

  test.each([
    ['zero-bytes', 'no bytes', 'Download or generate the file again'],
    ['truncated', 'truncated.mp4', 'Download the file again'],
    ['text', 'text.mp4', 'Replace it by a video file'],
    ['audio-only', 'audio-only.mp4', 'picture track'],
  ])('%s: the error names the file and the fix', async (name, message, fix) => {
    const { status, err, pieces } = await ask('--video', join(w.world, `bad/${name}.mp4`));
    expect([status, pieces]).toEqual([1, []]);
    expect(err).toContain(join(w.world, `bad/${name}.mp4`));
    expect(err).toContain(message);
    expect(err).toMatch(new RegExp(`fix: .*${fix}`));
  });

  test('misuse: no file, two files, no question, a video given as a picture', async () => {
    expect(await ask()).toMatchObject({ status: 2, err: expect.stringContaining('one file is needed') });
    expect((await ask('--video', clip(), '--image', clip())).status).toBe(2);
    const silent = await runCli('chat', '--model', w.model, '--video', clip());
    expect(silent).toMatchObject({ status: 2, err: expect.stringContaining('the question is missing') });
    const picture = await ask('--image', clip());
    expect(picture).toMatchObject({ status: 1, err: expect.stringContaining('fix: use --video in place of --image') });
  });

  test('a folder without a model is an error that says what is missing', async () => {
    const { status, err } = await ask('--video', clip(), '--model', w.world);
    expect([status, err]).toEqual([1, expect.stringMatching(/world\/config\.json\n.*\n? *fix: name a folder/)]);
  });
});

test('world: the same seed gives the same files, and a second call keeps them', async () => {
  const make = (name: string) =>
    runCli('world', '--out', join(w.dir, name), '--train', 3, '--held-out', 1, '--questions', 2, '--seed', 9);
  const first = await make('one');
  expect(first.out).toMatch(/^4 files written, 0 kept\n.*train\.jsonl: 6 questions\n.*heldout\.jsonl: 2 questions$/);
  expect((await make('one')).out).toContain('0 files written, 4 kept');
  await make('two');
  for (const name of ['train.jsonl', 'heldout.jsonl', 'media.jsonl'])
    expect(
      rowsOf(join(w.dir, 'two', name))
        .map((row) => JSON.stringify(row))
        .sort(),
    ).toEqual(
      rowsOf(join(w.dir, 'one', name))
        .map((row) => JSON.stringify(row))
        .sort(),
    );
  appendFileSync(join(w.dir, 'one', rowsOf<Sample>(join(w.dir, 'one/train.jsonl'))[0].path), 'x');
  expect((await make('one')).out).toContain('1 files written, 3 kept');
});
