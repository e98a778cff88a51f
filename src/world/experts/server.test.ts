// The expert server as its clients see it: a process of its own, asked with the official openai package and with our own prompts;
// faults on order; real films. Frames are drawn here by hand, so that nothing of the generator is involved.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frameLabel } from '../../llm/wire.ts';
import { decodeClip, drawText, encodeJpeg, type Frame } from '../../media/index.ts';
import { describeImagePrompt, imageDescriptionSchema } from '../../prompt/describe-image.ts';
import { describeVideoPrompt, videoDescriptionSchema } from '../../prompt/describe-video.ts';
import { reasonPrompt } from '../../prompt/reason.ts';
import { refinementSchema, refinePrompt } from '../../prompt/refine.ts';
import { type PromptImage, parseJsonReply, type StagePrompt } from '../../prompt/stage-prompt.ts';
import { type ExpertServer, startExpertServer } from './start.ts';

/** A dark picture with a red 18-px square at (x, y) and a sign. */
function drawn(x: number, y: number, time: number): Frame {
  const data = new Uint8Array(84 * 84 * 3);
  for (let i = 0; i < data.length; i++) data[i] = [24, 24, 28][i % 3];
  for (let row = y; row < y + 18; row++)
    for (let col = x; col < x + 18; col++) data.set([230, 50, 50], (row * 84 + col) * 3);
  drawText(data, 84, 84, 'EXIT', 16, 66, 2, [240, 240, 240]);
  return { width: 84, height: 84, data, time };
}

const prompted = (frames: readonly Frame[], withTimes = true): Promise<PromptImage[]> =>
  Promise.all(frames.map(async (f) => ({ jpeg: await encodeJpeg(f), ...(withTimes && { timeSeconds: f.time }) })));

/** A square that moves right at 16 px a second, two frames a second. */
const moving = () => prompted(Array.from({ length: 8 }, (_, i) => drawn(4 + 8 * i, 20, i / 2)));

type Messages = OpenAI.Chat.Completions.ChatCompletionMessageParam[];

/** Our prompt in the openai package's own types, as a stranger would write it. */
function messagesOf({ messages }: StagePrompt): Messages {
  return messages.map(({ role, content }) => {
    if (typeof content === 'string') return { role, content };
    const parts = content.flatMap((part): OpenAI.Chat.Completions.ChatCompletionContentPart[] => {
      if (part.type === 'text') return [part];
      if (part.type === 'video') throw new Error('the experts see frames');
      const url = `data:image/jpeg;base64,${Buffer.from(part.jpeg).toString('base64')}`;
      const label =
        part.timeSeconds === undefined ? [] : [{ type: 'text' as const, text: frameLabel(part.timeSeconds) }];
      return [...label, { type: 'image_url', image_url: { url } }];
    });
    return { role: 'user', content: parts };
  });
}

const clientOf = ({ baseURL }: ExpertServer, maxRetries = 0) => new OpenAI({ baseURL, apiKey: 'none', maxRetries });

async function ask(client: OpenAI, model: string, prompt: StagePrompt) {
  const completion = await client.chat.completions.create({ model, messages: messagesOf(prompt) });
  const message = completion.choices[0].message as { content: string | null; reasoning_content?: string };
  return { text: message.content ?? '', reasoning: message.reasoning_content, completion };
}

const sample = {
  problem_id: 1,
  problem: 'Which way does the red square move?',
  data_type: 'video' as const,
  problem_type: 'multiple choice' as const,
  options: ['A. up', 'B. left', 'C. right', 'D. down'],
  solution: '<answer>C</answer>',
  path: 'a.mp4',
};

describe('expert server', () => {
  let server: ExpertServer;
  let client: OpenAI;
  beforeAll(async () => {
    server = await startExpertServer({ mistakeRate: 0, overlooks: 0, overlooksSubtle: 0 });
    client = clientOf(server);
  });
  afterAll(() => server.stop());

  test('lists its models, and is on the loopback address only', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['describer', 'reasoner', 'refiner']);
    expect(server.baseURL).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  });

  test('describe, reason and refine with the prompts of the product', async () => {
    const images = await moving();
    const described = await ask(client, 'describer', describeVideoPrompt({ images: images, durationSeconds: 4 }));
    const description = parseJsonReply(described.text, videoDescriptionSchema);
    if (!description.ok) throw new Error(description.problem);
    expect(description.value.caption).toBe('A red square moves right. A sign says EXIT.');
    expect(description.value.frames.map((f) => f.timestamp)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]);
    expect(described.completion.usage?.total_tokens).toBeGreaterThan(100);
    expect(described.completion.choices[0].finish_reason).toBe('stop');

    const reasoned = await ask(client, 'reasoner', reasonPrompt(sample, description.value));
    expect(reasoned.text).toBe('<answer>C</answer>');
    expect(reasoned.reasoning).toBe(
      'The question asks which way the red square moves. A red square moves right. A sign says EXIT. So the red square moves right. The answer is right.',
    );

    const draft = { think: (reasoned.reasoning ?? '').replaceAll('right', 'left'), answer: 'B' };
    const refined = await ask(client, 'refiner', refinePrompt(sample, { images, durationSeconds: 4 }, draft));
    const revision = parseJsonReply(refined.text, refinementSchema);
    if (!revision.ok) throw new Error(revision.problem);
    expect(revision.value.inconsistencies.map(({ claim, correction }) => [claim, correction])).toEqual([
      ['A red square moves left.', 'A red square moves right.'],
    ]);
    expect(revision.value.revised).toBe(`<think>${reasoned.reasoning}</think>\n<answer>C</answer>`);
  });

  test('describes a still image', async () => {
    const [image] = await prompted([drawn(30, 20, 0)], false);
    const { text } = await ask(client, 'describer', describeImagePrompt(image, 'document'));
    const description = parseJsonReply(text, imageDescriptionSchema);
    expect(description.ok && description.value.caption).toBe('There is a red square. A sign says EXIT.');
    expect(description.ok && description.value.text).toEqual(['EXIT']);
  });

  test('refuses what it cannot serve with the status that clients know', async () => {
    const hello: Messages = [{ role: 'user', content: 'Hello' }];
    await expect(client.chat.completions.create({ model: 'gpt', messages: hello })).rejects.toMatchObject({
      status: 404,
    });
    await expect(client.chat.completions.create({ model: 'describer', messages: hello })).rejects.toMatchObject({
      status: 400,
    });
    const sent = await fetch(`${server.baseURL}/chat/completions`, { method: 'POST', body: '{"model": ' });
    expect(sent.status).toBe(400);
    expect(await sent.text()).toContain('the body is not JSON');
    const url = `data:image/jpeg;base64,${Buffer.from('no picture').toString('base64')}`;
    const broken: Messages = [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }];
    await expect(client.chat.completions.create({ model: 'describer', messages: broken })).rejects.toMatchObject({
      status: 400,
    });
  });

  const film = fileURLToPath(new URL('../../../../shared/data/clips/', import.meta.url));
  test('describes real films validly', async (context) => {
    if (!existsSync(film)) context.skip('no ../shared/data/clips beside the repository');
    for (const name of ['a-640x360-25fps-9.7s.mp4', 'b-320x240-29.9fps-9.0s.avi', 'd-tree.avi']) {
      const clip = await decodeClip(`${film}${name}`, { fps: 1, maxFrames: 16 });
      const images = await prompted(clip.frames);
      const { text } = await ask(
        client,
        'describer',
        describeVideoPrompt({ images, durationSeconds: clip.durationSeconds }),
      );
      const description = parseJsonReply(text, videoDescriptionSchema);
      expect(description.ok && description.value.frames.length, name).toBe(images.length);
      const { text: answer } = await ask(client, 'reasoner', reasonPrompt(sample, description.ok && description.value));
      expect(answer).toMatch(/^<answer>[A-D]<\/answer>$/);
    }
  });
});

describe('faults on order', () => {
  const question: Messages = [{ role: 'user', content: 'Question: What happens in the video?' }];
  const post = (client: OpenAI) => client.chat.completions.create({ model: 'reasoner', messages: question });
  const withFaults = async <T>(faults: object[], use: (server: ExpertServer) => Promise<T>): Promise<T> => {
    const server = await startExpertServer({ faults: faults as never, retryAfterSeconds: 0, hangSeconds: 30 });
    try {
      return await use(server);
    } finally {
      await server.stop();
    }
  };

  test('429 with Retry-After, then 500, then served, all counted', () =>
    withFaults(
      [
        { kind: 'rate-limit', first: 1 },
        { kind: 'server-error', first: 1 },
      ],
      async (server) => {
        const limited = await post(clientOf(server)).catch((error: unknown) => error);
        expect(limited).toMatchObject({ status: 429 });
        expect((limited as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('0');
        await expect(post(clientOf(server))).rejects.toMatchObject({ status: 500 });
        expect((await post(clientOf(server))).choices[0].message.content).toContain('<answer>');
        const stats = await fetch(new URL('/stats', server.baseURL)).then((r) => r.json());
        expect(stats).toMatchObject({
          requests: 3,
          served: { reasoner: 1 },
          faults: { 'rate-limit': 1, 'server-error': 1 },
        });
      },
    ));

  test("a hanging request is the caller's to give up; broken replies come with status 200", () =>
    withFaults(
      [
        { kind: 'hang', first: 1 },
        { kind: 'broken-json', first: 1 },
        { kind: 'broken-body', first: 1 },
      ],
      async (server) => {
        const impatient = new OpenAI({ baseURL: server.baseURL, apiKey: 'none', maxRetries: 0, timeout: 300 });
        await expect(post(impatient)).rejects.toThrow(/timed out/i);
        expect((await post(clientOf(server))).choices[0].message.content).not.toContain('<answer>');
        await expect(post(clientOf(server))).rejects.toThrow();
      },
    ));

  test('a share of the requests fails, the same ones every time', async () => {
    const run = () =>
      withFaults([{ kind: 'server-error', share: 0.3 }], async (server) => {
        const outcomes: boolean[] = [];
        for (let i = 0; i < 60; i++) {
          outcomes.push(
            await post(clientOf(server)).then(
              () => true,
              () => false,
            ),
          );
        }
        return outcomes;
      });
    const first = await run();
    const failures = first.filter((served) => !served).length;
    expect(failures).toBeGreaterThan(8);
    expect(failures).toBeLessThan(28);
    expect(await run()).toEqual(first);
  });
});

test('the server ends with the process that started it, also when that is killed', async () => {
  const start = new URL('./start.ts', import.meta.url).href;
  const code = `const { startExpertServer } = await import(${JSON.stringify(start)});
    console.log((await startExpertServer()).baseURL); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const baseURL = await new Promise<string>((resolve) =>
    createInterface({ input: parent.stdout }).once('line', resolve),
  );
  const alive = () =>
    fetch(new URL('/health', baseURL)).then(
      (r) => r.ok,
      () => false,
    );
  expect(await alive()).toBe(true);
  parent.kill('SIGKILL');
  for (let i = 0; i < 50 && (await alive()); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await alive()).toBe(false);
});

test('unknown options are refused', async () => {
  await expect(startExpertServer({ mistakes: 1 } as never)).rejects.toThrow(/mistakes/);
});
