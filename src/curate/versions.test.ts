// A prompt's version is part of its answers' keys: a new one asks its own stage anew, and the later ones only where its answers came out otherwise.
import { afterEach, expect, test, vi } from 'vitest';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import { asked, fakeExperts, makeSamples } from '../../test/support/curate-world.ts';
import { reasonTemplates } from '../prompt/reason.ts';
import { refineTemplates } from '../prompt/refine.ts';

const changed = vi.hoisted(() => ({ describeVideo: undefined as string | undefined }));
vi.mock('../prompt/describe-video.ts', async (original) => {
  const module = await original<typeof import('../prompt/describe-video.ts')>();
  return Object.defineProperty({ ...module }, 'version', { get: () => changed.describeVideo ?? module.version });
});

const world = useCurateFixture();
type Template = { version: string };
const [reason, refine] = [reasonTemplates.video as Template, refineTemplates.video as Template];
const before = [reason.version, refine.version];
afterEach(() => {
  changed.describeVideo = undefined;
  [reason.version, refine.version] = before;
});

test.each([
  ['describe', [2, 0, 0]],
  ['reason', [0, 4, 0]],
  ['refine', [0, 0, 4]],
])('%s', async (stage, calls) => {
  await world.write(makeSamples(4));
  await world.run(fakeExperts());
  if (stage === 'describe') changed.describeVideo = 'describe-video/next';
  if (stage === 'reason') reason.version = 'reason-video/next';
  if (stage === 'refine') refine.version = 'refine-video/next';
  const models = fakeExperts();
  await world.run(models);
  expect(asked(models)).toEqual(calls);
  const again = fakeExperts();
  await world.run(again);
  expect(asked(again)).toEqual([0, 0, 0]);
});

test('a prompt for images is none of the videos’ business', async () => {
  await world.write(makeSamples(4));
  await world.run(fakeExperts());
  const image = reasonTemplates.image as Template;
  const was = image.version;
  image.version = 'reason-image/next';
  try {
    const models = fakeExperts();
    await world.run(models);
    expect(asked(models)).toEqual([0, 0, 0]);
  } finally {
    image.version = was;
  }
});
