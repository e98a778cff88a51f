// Videos over the wire of an OpenAI-compatible server, in each form, against a local server that records what it got.
import { expect, test } from 'vitest';
import { startChatServer, type WireBody } from '../../test/support/chat-server.ts';
import { endpointSchema } from './config.ts';
import { createOpenAIModel } from './openai.ts';
import type { VideoSource } from './port.ts';

async function sent(source: VideoSource, pixels?: { min_pixels: number; max_pixels: number }): Promise<WireBody> {
  await using server = await startChatServer(() => ({ text: 'seen' }));
  const model = createOpenAIModel(endpointSchema.parse({ baseURL: server.baseURL, model: 'm' }));
  await model.chat({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'video', source, frames: 3, pixels },
          { type: 'text', text: 'What happens?' },
        ],
      },
    ],
  });
  return server.requests[0];
}
const part = (url: string) => [
  { type: 'video_url', video_url: { url } },
  { type: 'text', text: 'What happens?' },
];

test('the file goes as a data URL, and the server is told how many frames to look at', async () => {
  const body = await sent({ kind: 'bytes', data: Uint8Array.of(1, 2, 3), mimeType: 'video/webm' });
  expect(body.messages[0].content).toEqual(part('data:video/webm;base64,AQID'));
  expect(body.media_io_kwargs).toEqual({ video: { num_frames: 3 } });
  expect(body).not.toHaveProperty('mm_processor_kwargs');
});

test('an address goes as it is', async () => {
  const body = await sent({ kind: 'url', url: 'file:///data/a%20b.mp4', mimeType: 'video/mp4' });
  expect(body.messages[0].content).toEqual(part('file:///data/a%20b.mp4'));
});

test('JPEG frames go as one video, all of them looked at, with their true rate', async () => {
  const jpegs = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6), Uint8Array.of(7)];
  const body = await sent({ kind: 'jpegs', jpegs, timesSeconds: [0, 2, 4], durationSeconds: 4.5 });
  expect(body.messages[0].content).toEqual(part('data:video/jpeg;base64,AQID,BAUG,Bw=='));
  expect(body.media_io_kwargs).toEqual({
    video: {
      num_frames: 3,
      total_num_frames: 3,
      fps: 0.5,
      duration: 4.5,
      frames_indices: [0, 1, 2],
      do_sample_frames: false,
    },
  });
  expect(body.mm_processor_kwargs).toEqual({ fps: 0.5, do_sample_frames: false });
});

test('a rate of their own, where frames stand for more than their times tell; pixels of a file that the server samples', async () => {
  const jpegs = [Uint8Array.of(1), Uint8Array.of(2)];
  const body = await sent({ kind: 'jpegs', jpegs, timesSeconds: [0, 2], durationSeconds: 3, fps: 0.75 });
  expect([body.mm_processor_kwargs, body.media_io_kwargs]).toMatchObject([{ fps: 0.75 }, { video: { fps: 0.75 } }]);
  const url = { kind: 'url', url: 'http://videos/a.mp4', mimeType: 'video/mp4' } as const;
  const pixels = { min_pixels: 784, max_pixels: 1568 };
  expect(await sent(url, pixels)).toMatchObject({
    media_io_kwargs: { video: { num_frames: 3 } },
    mm_processor_kwargs: pixels,
  });
});

test('a request without a video has none of these fields', async () => {
  await using server = await startChatServer(() => ({ text: 'seen' }));
  const model = createOpenAIModel(endpointSchema.parse({ baseURL: server.baseURL, model: 'm' }));
  await model.chat({ messages: [{ role: 'user', content: 'hello' }] });
  expect(Object.keys(server.requests[0])).not.toContain('media_io_kwargs');
});

test('an upload is not for this protocol, and that is said at once', async () => {
  const upload: VideoSource = { kind: 'upload', data: Uint8Array.of(1), mimeType: 'video/mp4' };
  await expect(sent(upload)).rejects.toMatchObject({
    code: 'llm-video-form',
    fix: expect.stringContaining('video_url'),
  });
});
