// What a trainer asks of the server: token numbers with a log-probability for each, streamed or whole, and a video as its frames, at their own
// size and rate. That the numbers are the trainer's: test/rollouts-conformance.test.ts.
import { afterAll, expect, test } from 'vitest';
import { noiseClip, tinyModel, tinyTokenizer } from '../../test/support/tiny-model.ts';
import { adapterFolder, serveTiny } from '../../test/support/tiny-served.ts';
import { encodePng } from '../media/index.ts';

const server = await serveTiny({ maxFrames: 6, mediaRoot: adapterFolder() });
afterAll(() => server.stop());

const model = tinyModel();
const base64 = async (frame: Parameters<typeof encodePng>[0]) => Buffer.from(await encodePng(frame)).toString('base64');
async function asking(frames: number, more: object = {}) {
  const clip = noiseClip(3, frames);
  const pictures = await Promise.all(clip.frames.map(base64));
  const url = `data:video/jpeg;base64,${pictures.join(',')}`;
  const content = [
    { type: 'video_url', video_url: { url } },
    { type: 'text', text: 'Which way?' },
  ];
  const body = { model: 'tiny', messages: [{ role: 'user', content }], max_tokens: 6, temperature: 0, ...more };
  return { clip, body };
}
const ids = { return_token_ids: true, return_tokens_as_token_ids: true, logprobs: true };
const asked = { role: 'user', content: [{ type: 'video' }, { type: 'text', text: 'Which way?' }] } as const;

test('frames are the video, all that are sent, and their rate moves positions in time', async () => {
  const facts = (fps: number) => ({
    media_io_kwargs: { video: { num_frames: 6, fps, total_num_frames: 6, duration: 3, do_sample_frames: false } },
    mm_processor_kwargs: { fps, do_sample_frames: false, min_pixels: 3136, max_pixels: 3136 },
  });
  const { clip, body } = await asking(6, { ...ids, ...facts(2) });
  const { status, json } = await server.send('/chat/completions', body);
  expect(status).toBe(200);
  expect(json.prompt_token_ids).toEqual([...model.prepare([asked], clip).tokens]);
  const slow = await server.send('/chat/completions', (await asking(6, { ...ids, ...facts(0.2) })).body);
  expect(slow.json.prompt_token_ids).toEqual(json.prompt_token_ids);
  expect(slow.json.choices[0].logprobs.content).not.toEqual(json.choices[0].logprobs.content);
});

test('every token has its number and its log-probability, the end of the turn and what a stop sequence cuts included; streamed, the same', async () => {
  const { body } = await asking(2, { ...ids, max_tokens: 40, temperature: 1, seed: 4, stop: ['e'] });
  const { json } = await server.send('/chat/completions', body);
  const [choice] = json.choices;
  const named = choice.logprobs.content.map(({ token }: { token: string }) => Number(token.slice('token_id:'.length)));
  expect(named).toEqual(choice.token_ids);
  expect(choice.token_ids).toHaveLength(json.usage.completion_tokens);
  expect(tinyTokenizer().decode(choice.token_ids)).toContain(choice.message.content);
  const streamed = await server.send('/chat/completions', { ...body, stream: true });
  const chunks = [...streamed.text.matchAll(/^data: ({.*})$/gm)].map(([, data]) => JSON.parse(data));
  expect(chunks[0].prompt_token_ids).toEqual(json.prompt_token_ids);
  expect(chunks.flatMap((chunk) => chunk.choices[0].token_ids)).toEqual(choice.token_ids);
  const logprobs = chunks.flatMap((chunk) => chunk.choices[0].logprobs?.content ?? []);
  expect(logprobs.map(({ token }) => token)).toEqual(
    choice.logprobs.content.map(({ token }: { token: string }) => token),
  );
  // Who does not ask is told nothing of it.
  const plain = (await server.send('/chat/completions', (await asking(2)).body)).json;
  expect(Object.keys(plain)).not.toContain('prompt_token_ids');
  expect(Object.keys(plain.choices[0])).not.toContain('token_ids');
});

test('the end of the turn itself', async () => {
  for (let seed = 0; ; seed++) {
    const { body } = await asking(2, { ...ids, max_tokens: 60, temperature: 1, seed });
    const [choice] = (await server.send('/chat/completions', body)).json.choices;
    if (choice.finish_reason !== 'stop') continue;
    expect(choice.token_ids.at(-1)).toBe(model.endOfTurn);
    expect(choice.logprobs.content).toHaveLength(choice.token_ids.length);
    return;
  }
});

test.each([
  ['more frames than the server looks at', 8, {}, 'too-many-frames', 'messages.0.content.0'],
  [
    'more pixels than its profile',
    2,
    { mm_processor_kwargs: { max_pixels: 7056 } },
    'too-many-pixels',
    'mm_processor_kwargs',
  ],
  [
    'bounds that cross',
    2,
    { mm_processor_kwargs: { min_pixels: 3136, max_pixels: 784 } },
    'invalid-value',
    'mm_processor_kwargs',
  ],
  [
    'to sample them again',
    2,
    { mm_processor_kwargs: { do_sample_frames: true } },
    'invalid-value',
    'mm_processor_kwargs.do_sample_frames',
  ],
  ['another processor', 2, { mm_processor_kwargs: { size: 3 } }, 'invalid-value', 'mm_processor_kwargs'],
])('refused: %s', async (_, frames, more, code, param) => {
  const { status, json } = await server.send('/chat/completions', (await asking(frames, more)).body);
  expect([status, json.error.code]).toEqual([400, code]);
  if (code !== 'invalid-value' || param.includes('.')) expect(json.error.param).toBe(param);
});

test('refused: frames that are no pictures, and facts of frames for a file', async () => {
  const { body } = await asking(2);
  const of = (url: string, more: object = {}) =>
    server.send('/chat/completions', {
      ...body,
      ...more,
      messages: [{ role: 'user', content: [{ type: 'video_url', video_url: { url } }] }],
    });
  const broken = await of(`data:video/jpeg;base64,${Buffer.from('no picture').toString('base64')},AAAA`);
  expect([broken.status, broken.json.error.message]).toEqual([400, expect.stringContaining('the video in messages.0')]);
  const fps = await of('data:video/mp4;base64,AAAA', { mm_processor_kwargs: { fps: 2 } });
  expect([fps.status, fps.json.error.code]).toEqual([400, 'unsupported-field']);
});
