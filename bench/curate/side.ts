// One side of the curation bench in a process of its own: all stages by videorft, or a loop over fetch with the same bytes. Prints one line of
// JSON: calls, seconds, processor time, memory. Run: node side.ts ours|bare URL SIZE_AS_JSON
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curate } from '../../src/curate/index.ts';
import { createOpenAIModel } from '../../src/llm/openai.ts';
import type { ChatRequest } from '../../src/llm/port.ts';
import { requestBody } from '../../src/llm/wire.ts';
import { describeVideoPrompt } from '../../src/prompt/describe-video.ts';
import { reasonPrompt } from '../../src/prompt/reason.ts';
import { refinePrompt } from '../../src/prompt/refine.ts';
import { expertReply } from '../../test/support/curate-world.ts';
import { type BenchSize, benchConfig, benchSamples, callsOf, frameReader } from './world.ts';

export interface SideResult {
  readonly calls: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Resident memory in MB, means of the first and the second half of the time. */
  readonly firstHalfMB: number;
  readonly secondHalfMB: number;
}

const [side, baseURL, sizeText] = process.argv.slice(2);
const size = JSON.parse(sizeText) as BenchSize;

async function measured(work: () => Promise<unknown>): Promise<SideResult> {
  const memory: number[] = [];
  const sampler = setInterval(() => memory.push(process.memoryUsage.rss() / 2 ** 20), 250);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1000;
  clearInterval(sampler);
  const mean = (values: readonly number[]) => values.reduce((sum, mb) => sum + mb, 0) / values.length;
  const half = memory.length >> 1;
  return {
    calls: callsOf(size),
    seconds,
    cpuSeconds: (user + system) / 1e6,
    firstHalfMB: mean(memory.slice(0, half)),
    secondHalfMB: mean(memory.slice(half)),
  };
}

async function ours(): Promise<SideResult> {
  const root = await mkdtemp(join(tmpdir(), 'videorft-bench-'));
  await mkdir(join(root, 'clips'));
  for (let i = 0; i < size.clips; i++) await writeFile(join(root, 'clips', `${i}.mp4`), `clip ${i}`);
  const rows = benchSamples(size).map((sample) => JSON.stringify(sample));
  await writeFile(join(root, 'samples.jsonl'), `${rows.join('\n')}\n`);
  const config = benchConfig(root, join(root, 'out'), baseURL, size);
  const { describer, reasoner, refiner } = config.experts;
  const models = {
    describer: createOpenAIModel(describer),
    reasoner: createOpenAIModel(reasoner),
    refiner: createOpenAIModel(refiner),
  };
  try {
    return await measured(async () => {
      const { counts } = await curate(config, { models, media: frameReader(size) });
      if (counts.rl !== size.questions)
        throw new Error(`only ${counts.rl} of ${size.questions} questions were finished`);
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A body of each stage, as long as ours. */
async function bodies() {
  const config = benchConfig('', '', baseURL, size);
  const sample = benchSamples(size)[size.questions - 1];
  const media = await frameReader(size).read('', 'video', config.frames);
  const { text, reasoning = '' } = expertReply('reasoner', sample.problem);
  const draft = { think: reasoning, answer: text };
  const body = (role: 'describer' | 'reasoner' | 'refiner', request: Pick<ChatRequest, 'messages' | 'jsonSchema'>) =>
    requestBody({ ...request, temperature: 0, max_tokens: config.experts[role].maxTokens }, config.experts[role]);
  return {
    describe: body('describer', describeVideoPrompt(media)),
    reason: body('reasoner', reasonPrompt(sample, JSON.parse(expertReply('describer', '').text))),
    refine: body('refiner', refinePrompt(sample, media, draft)),
  };
}

async function bare(): Promise<SideResult> {
  const { describe, reason, refine } = await bodies();
  const queue = [
    ...Array.from({ length: size.clips }, () => describe),
    ...Array.from({ length: 2 * size.questions }, (_, i) => (i % 2 ? refine : reason)),
  ];
  let next = 0;
  const worker = async () => {
    while (next < queue.length) {
      const body = queue[next++];
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${baseURL}/chat/completions`, { method: 'POST', headers, body });
      const { choices } = (await response.json()) as { choices: readonly unknown[] };
      if (choices.length !== 1) throw new Error('no answer');
    }
  };
  const inFlight = size.inFlight.reduce((sum, n) => sum + n, 0);
  return measured(() => Promise.all(Array.from({ length: inFlight }, worker)));
}

console.log(JSON.stringify(await (side === 'ours' ? ours() : bare())));
