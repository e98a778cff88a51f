// `videorft curate` over HTTP, from a real clip to the account in the terminal: the shipped embedder where none is named, a judge, a video that goes
// as a file, and Gemini beside OpenAI's protocol.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startChatServer, wireText } from '../../test/support/chat-server.ts';
import { runCli } from '../../test/support/cli-world.ts';
import { expertReply, makeSamples } from '../../test/support/curate-world.ts';
import { startGeminiServer } from '../../test/support/gemini-server.ts';
import { startHubServer } from '../../test/support/hub-server.ts';
import { movingSquare } from '../../test/support/media.ts';
import { setLogLevel } from '../base/log.ts';
import { encodeVideo } from '../media/index.ts';

let dir = '';
const at = (name: string) => join(dir, name);
beforeAll(async () => {
  setLogLevel('silent');
  dir = await mkdtemp(join(tmpdir(), 'videorft-cli-curate-'));
  await encodeVideo(at('square.mp4'), movingSquare(20), { fps: 10 });
  const samples = makeSamples(2).map((sample) => ({
    ...sample,
    problem_type: 'free-form',
    solution: '<answer>a red square moves right</answer>',
    path: 'square.mp4',
  }));
  await writeFile(at('q.jsonl'), samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
});
afterAll(async () => {
  setLogLevel('info');
  await rm(dir, { recursive: true, force: true });
});

const revised = (answer: string) =>
  JSON.stringify({
    inconsistencies: [],
    revised: `<think>The question asks what moves. A red square moves right.</think><answer>${answer}</answer>`,
  });

/** The experts of curate-world.ts; the refiner answers in words that are near for question 0 and far for question 1. */
function says(model: string, text: string): { text: string; reasoning?: string } {
  if (model === 'judge') return { text: JSON.stringify({ why: 'Hm.', score: text.includes('sign') ? 0 : 0.9 }) };
  if (model === 'refiner')
    return { text: revised(text.includes('question 0?') ? 'the red square moves right' : 'a sign says EXIT') };
  return expertReply(model, text);
}
const flags = (out: string, experts: Readonly<Record<string, Readonly<Record<string, string>>>>) => [
  ...['curate', '--data', at('q.jsonl'), '--media-root', dir, '--out', at(out)],
  ...Object.entries(experts).flatMap(([role, settings]) =>
    Object.entries(settings).flatMap(([key, value]) => [`--experts.${role}.${key}`, value]),
  ),
];

describe('videorft curate', () => {
  test('free-form answers by the shipped embedder and a judge; the histogram in the terminal, the numbers in counts.json', async () => {
    await using server = await startChatServer((body) => {
      const { text, reasoning } = says(body.model, wireText(body));
      return { text, message: reasoning ? { reasoning_content: reasoning } : {} };
    });
    const expert = (model: string) => ({ 'base-url': server.baseURL, model });
    const experts = { describer: expert('describer'), reasoner: expert('reasoner'), refiner: expert('refiner') };
    const files = { ...experts, describer: { ...expert('describer'), video: 'video_url' }, judge: expert('judge') };
    const { status, out } = await runCli(...flags('judged', files));
    expect(status).toBe(0);
    expect(out).toContain('in 2 = kept 1 + rejected 1 + quarantined 0');
    expect(out).toMatch(
      /similarity of 2 open-ended answers to their references: .*\n.*kept if minSimilarity were here\n.*█/,
    );
    expect(out).toMatch(/judge: \d answers of judge/);
    const { filter } = JSON.parse(await readFile(at('judged/counts.json'), 'utf8'));
    expect(filter.similarity.chains).toBe(2);
    expect(filter.rules['judged-wrong'].found).toBe(1);
    const described = server.requests.filter(({ model }) => model === 'describer');
    const mp4 = (await readFile(at('square.mp4'))).toString('base64');
    expect(described).toHaveLength(1);
    expect(described[0].messages[1].content).toContainEqual({
      type: 'video_url',
      video_url: { url: `data:video/mp4;base64,${mp4}` },
    });
  });

  test('a describer at Gemini gets the clip by its Files API, and the run is as any other', async () => {
    await using gemini = await startGeminiServer({
      reply: (text) => ({ parts: [{ text: says('describer', text).text }] }),
      states: ['PROCESSING', 'ACTIVE'],
    });
    await using server = await startChatServer((body) => {
      const { text, reasoning } = says(body.model, wireText(body));
      return { text, message: reasoning ? { reasoning } : {} };
    });
    const experts = {
      describer: { protocol: 'gemini', 'base-url': gemini.baseURL, model: 'gemini-flash', video: 'file' },
      reasoner: { 'base-url': server.baseURL, model: 'reasoner' },
      refiner: { 'base-url': server.baseURL, model: 'refiner' },
    };
    const { status, out } = await runCli(...flags('gemini', experts), '--filter.min-similarity', '-1');
    expect(status).toBe(0);
    expect(out).toContain('in 2 = kept 2 + rejected 0 + quarantined 0');
    expect(out).toContain('describe: 1 answers of gemini-flash');
    expect(gemini.uploads.map(({ data }) => data)).toEqual([await readFile(at('square.mp4'))]);
    expect(JSON.stringify(gemini.asked[0].body.contents)).toContain('/v1beta/files/f0');
  });

  test('--push: the token is looked for before any expert is asked, and the results go to the Hub', async () => {
    await using server = await startChatServer((body) => says(body.model, wireText(body)));
    await using hub = await startHubServer('my-org/chains');
    const expert = (model: string) => ({ 'base-url': server.baseURL, model });
    const experts = {
      describer: expert('describer'),
      reasoner: expert('reasoner'),
      refiner: expert('refiner'),
    };
    const args = [...flags('pushed', experts), '--push', 'my-org/chains', '--hub.endpoint', hub.endpoint];
    vi.stubEnv('HF_TOKEN', '');
    const refused = await runCli(...args);
    expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('HF_TOKEN')]);
    expect(server.requests).toEqual([]);
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    const { status, out } = await runCli(...args);
    vi.unstubAllEnvs();
    expect([status, out]).toEqual([0, expect.stringContaining('my-org/chains')]);
    expect(hub.committed.get('cot.jsonl')).toEqual(await readFile(at('pushed/cot.jsonl')));
  });

  test('a form of video that the protocol has not stops the run before anything is spent', async () => {
    await using server = await startChatServer(() => ({ text: 'no' }));
    const expert = (model: string) => ({ 'base-url': server.baseURL, model });
    const experts = {
      describer: { ...expert('describer'), video: 'file' },
      reasoner: expert('reasoner'),
      refiner: expert('refiner'),
    };
    const { status, err } = await runCli(...flags('wrong', experts));
    expect([status, err]).toEqual([1, expect.stringContaining('llm-video-form')]);
    expect(server.requests).toHaveLength(0);
  });
});
