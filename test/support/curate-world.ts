// A world without pixels for tests of curation: clips are text files "clip 3", questions ask for numbers, and three scripted
// experts answer, make mistakes and repair them by rule. Works behind the fake model and behind the scripted server alike.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../../src/base/errors.ts';
import { type CurateConfig, type CurateConfigInput, curateConfigSchema } from '../../src/curate/config.ts';
import type { MediaReader } from '../../src/curate/media.ts';
import type { Sample } from '../../src/data/sample.ts';
import { createBatchModel } from '../../src/llm/batch/model.ts';
import type { Endpoint } from '../../src/llm/config.ts';
import { createFakeChatModel, type FakeReply } from '../../src/llm/fake.ts';
import { createOpenAIModel } from '../../src/llm/openai.ts';
import type { ChatRequest } from '../../src/llm/port.ts';

export interface ExpertReply {
  readonly text: string;
  readonly reasoning?: string;
}

/** Question i is about clip floor(i / 2); its right answer is i. */
export const questionText = (i: number) => `Which number is question ${i}?`;

export function makeSamples(count: number): Sample[] {
  return Array.from({ length: count }, (_, i) => ({
    problem_id: i,
    problem: questionText(i),
    data_type: 'video',
    problem_type: 'numerical',
    options: [],
    solution: `<answer>${i}</answer>`,
    path: `./clips/${i >> 1}.mp4`,
    data_source: 'test',
    skill: i % 2 ? 'general' : 'mathematics',
  }));
}

/** Drafts of multiples of 5 are wrong; the refiner repairs those of multiples of 10. */
const draftIsWrong = (i: number) => i % 5 === 0;
const revisionIsWrong = (i: number) => i % 10 === 5;

/** What the named expert says to a prompt, given all its text. */
export function expertReply(model: string, prompt: string): ExpertReply {
  if (model === 'describer') {
    const frame = {
      timestamp: 0,
      caption: 'A clip.',
      objects: [],
      actions: [],
      scene: '',
      spatial_relations: [],
      possible_interactions: [],
    };
    return { text: JSON.stringify({ caption: 'A clip with numbers.', frames: [frame] }) };
  }
  const i = Number(/question (\d+)\?/.exec(prompt)?.[1]);
  if (model === 'reasoner') {
    return {
      text: `<answer>${draftIsWrong(i) ? -1 : i}</answer>`,
      reasoning: `The question asks for a number. It is question ${i}.`,
    };
  }
  const inconsistencies = i % 10 === 0 ? [{ claim: '-1', evidence: `${i}`, correction: `${i}` }] : [];
  const revised = `<think>The question asks for a number. I see ${i}.</think><answer>${revisionIsWrong(i) ? -1 : i}</answer>`;
  return { text: JSON.stringify({ inconsistencies, revised }) };
}

export const requestText = ({ messages }: ChatRequest): string =>
  messages
    .flatMap(({ content }) =>
      typeof content === 'string' ? [content] : content.map((part) => (part.type === 'text' ? part.text : '')),
    )
    .join('\n');

/** Reads the text file as if it were one frame; an empty file cannot be decoded. */
export const textReader: MediaReader = {
  async read(file) {
    const bytes = await readFile(file);
    if (bytes.length === 0) throw new VideorftError(`${file} is empty.`, { code: 'media-empty', facts: { file } });
    return { images: [{ jpeg: bytes, timeSeconds: 0 }], durationSeconds: 1, pixels: 784 * 100 };
  },
};

/** Writes clips and samples.jsonl below `root`; extra lines go to the end of the sample file as they are. */
export async function writeWorld(
  root: string,
  samples: readonly Sample[],
  extraLines: readonly string[] = [],
): Promise<void> {
  await mkdir(join(root, 'clips'), { recursive: true });
  const paths = new Set(samples.map(({ path }) => path));
  for (const path of paths) await writeFile(join(root, path), `clip ${path}`);
  const lines = [...samples.map((sample) => JSON.stringify(sample)), ...extraLines];
  await writeFile(join(root, 'samples.jsonl'), `${lines.join('\n')}\n`);
}

export function worldConfig(
  root: string,
  out: string,
  rest: Partial<CurateConfigInput> = {},
  baseURL = 'http://127.0.0.1:9/v1',
  batch: CurateConfigInput['experts']['describer']['batch'] = {},
): CurateConfig {
  const expert = (model: string) => ({ baseURL, model, concurrency: 4, batch });
  return curateConfigSchema.parse({
    data: [join(root, 'samples.jsonl')],
    mediaRoot: root,
    out,
    experts: { describer: expert('describer'), reasoner: expert('reasoner'), refiner: expert('refiner') },
    // Hundreds of runs in a test need no card.
    output: { forms: [], card: false },
    ...rest,
  });
}

/** The experts of a configuration over HTTP, impatient: for servers in trouble. */
export function impatientModels({ experts }: CurateConfig, rest: Partial<Endpoint> = {}) {
  const model = (role: 'describer' | 'reasoner' | 'refiner') =>
    createOpenAIModel({ ...experts[role], timeoutSeconds: 1, ...rest }, { baseDelayMs: 2, maxDelayMs: 10 });
  return { describer: model('describer'), reasoner: model('reasoner'), refiner: model('refiner') };
}

/** The experts of a configuration by their batch interface, impatient too. */
export function batchModels({ experts }: CurateConfig) {
  const model = (role: 'describer' | 'reasoner' | 'refiner') =>
    createBatchModel(experts[role], experts[role].batch, { baseDelayMs: 2, maxDelayMs: 10 });
  return { describer: model('describer'), reasoner: model('reasoner'), refiner: model('refiner') };
}

export type Meddle = (model: string, text: string, request: ChatRequest) => FakeReply | Promise<FakeReply> | undefined;

/** The scripted experts without a network; what `meddle` returns is said instead. */
export function fakeExperts(meddle: Meddle = () => undefined) {
  const one = (name: string) =>
    createFakeChatModel((request) => {
      const text = requestText(request);
      return meddle(name, text, request) ?? expertReply(name, text);
    }, name);
  return { describer: one('describer'), reasoner: one('reasoner'), refiner: one('refiner') };
}
export type FakeExperts = ReturnType<typeof fakeExperts>;

/** How often each was asked. */
export const asked = ({ describer, reasoner, refiner }: FakeExperts): number[] =>
  [describer, reasoner, refiner].map(({ calls }) => calls.length);

/** How often all of them were asked. */
export const askedInAll = (experts: FakeExperts): number => asked(experts).reduce((sum, n) => sum + n, 0);
