// The product's own chat client against its own server: a video as the file and by its address is the same video, with as many frames as asked for.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { movingSquare, scratchFolder } from '../../test/support/media.ts';
import { serveMicro } from '../../test/support/serve-world.ts';
import { createChatModel, endpointSchema } from '../llm/index.ts';
import type { VideoSource } from '../llm/port.ts';
import { encodeJpeg, encodeVideo, loadClip, micro } from '../media/index.ts';

const at = await scratchFolder();

test('video_url by our client is what our server takes', async () => {
  const file = at('square.mp4');
  await encodeVideo(file, movingSquare(20), { fps: 5 });
  await using server = await serveMicro({ mediaRoot: at('.') });
  const model = createChatModel(endpointSchema.parse({ baseURL: server.baseURL, model: 'micro', maxAttempts: 1 }));
  const ask = (source: VideoSource, frames: number) =>
    model.chat({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'video', source, frames },
            { type: 'text', text: 'What happens in the video?\nThink step by step.' },
          ],
        },
      ],
      temperature: 0,
      max_tokens: 24,
    });
  const bytes = await ask({ kind: 'bytes', data: await readFile(file), mimeType: 'video/mp4' }, 4);
  expect(bytes.text.length).toBeGreaterThan(10);
  expect(await ask({ kind: 'url', url: pathToFileURL(file).href, mimeType: 'video/mp4' }, 4)).toEqual(bytes);
  const more = await ask({ kind: 'bytes', data: await readFile(file), mimeType: 'video/mp4' }, 8);
  expect(more.usage.promptTokens).toBeGreaterThan(bytes.usage.promptTokens);

  const { frames, sampledFps, durationSeconds } = await loadClip(file, { ...micro, nframes: 4 });
  const jpegs = await Promise.all(frames.map((frame) => encodeJpeg(frame, 90)));
  const timesSeconds = frames.map(({ time }) => time);
  const asJpegs = await ask({ kind: 'jpegs', jpegs, timesSeconds, durationSeconds, fps: sampledFps }, 4);
  expect(asJpegs.usage.promptTokens).toBe(bytes.usage.promptTokens);
});
