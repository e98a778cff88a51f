// How experts are shown videos, by configuration: what their requests hold, what the prompts say, and whose answers another form asks anew.
import { truncate } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import { asked, fakeExperts, makeSamples, requestText } from '../../test/support/curate-world.ts';
import type { ChatPart, ChatRequest } from '../llm/port.ts';
import type { CurateConfig, ExpertConfig } from './config.ts';

const world = useCurateFixture();

function config(role: 'describer' | 'refiner', rest: Partial<ExpertConfig>): CurateConfig {
  const base = world.config();
  return { ...base, experts: { ...base.experts, [role]: { ...base.experts[role], ...rest } } };
}
const partsOf = ({ messages }: ChatRequest): readonly ChatPart[] =>
  messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
const media = (request: ChatRequest) => partsOf(request).filter((part) => part.type !== 'text');
const clip = (i: number) => Buffer.from(`clip ./clips/${i}.mp4`);

test('frames, each with its time, unless told otherwise', async () => {
  await world.write(makeSamples(2));
  const models = fakeExperts();
  await world.run(models);
  expect(media(models.describer.calls[0])).toEqual([{ type: 'image', jpeg: clip(0), timeSeconds: 0 }]);
  expect(requestText(models.describer.calls[0])).toContain('frames of one video in order');
});

test('the file: the describer is told the moments to describe, the refiner still sees frames', async () => {
  await world.write(makeSamples(2));
  const models = fakeExperts();
  await world.run(models, {}, config('describer', { video: 'video_url' }));
  const source = { kind: 'bytes', data: clip(0), mimeType: 'video/mp4' };
  expect(media(models.describer.calls[0])).toEqual([{ type: 'video', source, frames: 1 }]);
  expect(requestText(models.describer.calls[0])).toMatch(
    /You are given one video\.[\s\S]*these moments, in seconds: 0\./,
  );
  expect(media(models.refiner.calls[0])).toMatchObject([{ type: 'image' }]);
});

test('the file at an address, each part of its path encoded', async () => {
  await world.write([{ ...makeSamples(1)[0], path: './clips/ü#1.mp4' }]);
  const models = fakeExperts();
  await world.run(models, {}, config('refiner', { video: 'video_url', videoURL: 'file:///data/videos/' }));
  expect(media(models.refiner.calls[0])).toMatchObject([
    { source: { kind: 'url', url: 'file:///data/videos/clips/%C3%BC%231.mp4' } },
  ]);
  expect(requestText(models.refiner.calls[0])).toContain('You see a video');
});

test('frames as one video, and an upload', async () => {
  await world.write(makeSamples(2));
  const models = fakeExperts();
  await world.run(models, {}, config('refiner', { video: 'jpeg_video' }));
  expect(media(models.refiner.calls[0])).toEqual([
    { type: 'video', frames: 1, source: { kind: 'jpegs', jpegs: [clip(0)], timesSeconds: [0], durationSeconds: 1 } },
  ]);
  const uploading = fakeExperts();
  await world.run(uploading, {}, config('refiner', { video: 'file' }));
  expect(media(uploading.refiner.calls[0])).toMatchObject([{ source: { kind: 'upload', mimeType: 'video/mp4' } }]);
});

test('another form is another question; where the server finds the file is not', async () => {
  await world.write(makeSamples(4));
  const runs: [Partial<ExpertConfig>, number[]][] = [
    [{}, [2, 4, 4]],
    [{ video: 'video_url' }, [0, 0, 4]],
    [{ video: 'video_url', videoURL: 'https://media.example.com' }, [0, 0, 0]],
    [{ video: 'jpeg_video' }, [0, 0, 4]],
    [{}, [0, 0, 0]],
  ];
  for (const [rest, calls] of runs) {
    const models = fakeExperts();
    await world.run(models, {}, config('refiner', rest));
    expect(asked(models)).toEqual(calls);
  }
});

test('a file that is too large to be sent whole is quarantined, with what to do', async () => {
  await world.write(makeSamples(4));
  await truncate(world.at('clips/1.mp4'), 100e6 + 1);
  const reader = {
    read: async () => ({ images: [{ jpeg: Uint8Array.of(1), timeSeconds: 0 }], durationSeconds: 1, pixels: 1 }),
  };
  const { counts } = await world.run(fakeExperts(), { media: reader }, config('describer', { video: 'video_url' }));
  expect(counts).toMatchObject({ in: 4, quarantined: 2, reasons: { 'media-too-large': 2 } });
});
