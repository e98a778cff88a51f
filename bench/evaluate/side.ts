// One side of the evaluation bench in a process of its own: the whole of `videorft eval` against the endpoint, or the decoding alone, with the same
// threads. Prints one line of JSON. Run: node side.ts ours|decode ROOT URL SIZE_AS_JSON
import { join } from 'node:path';
import { profileOfProtocol, protocols } from '../../src/evaluate/index.ts';
import { evaluateFiles } from '../../src/recipes/evaluation.ts';
import { evaluationConfig } from '../../src/recipes/evaluation-config.ts';
import { prepareEvaluation } from '../../src/recipes/evaluation-job.ts';
import { evaluationMedia } from '../../src/recipes/evaluation-media.ts';
import { type BenchSize, clipPath } from './world.ts';

export interface SideResult {
  readonly seconds: number;
  /** Of all threads of this process. */
  readonly cpuSeconds: number;
  /** Answers without an error, or clips. */
  readonly count: number;
}

const [side, root, endpoint, sizeText] = process.argv.slice(2);
const size = JSON.parse(sizeText) as BenchSize;

const config = {
  ...evaluationConfig.parse({
    data: [join(root, 'questions.jsonl')],
    protocol: '16-frames',
    endpoint,
    endpointModel: 'bench',
    concurrency: size.inFlight,
    frameCache: join(root, 'frames'),
  }),
  mediaRoot: root,
  out: join(root, 'rows.jsonl'),
};

async function ours(): Promise<number> {
  const { signal } = new AbortController();
  const prepared = await prepareEvaluation(config, { versions: {}, signal });
  const [{ rows }] = await evaluateFiles(prepared.jobs).finally(prepared.close);
  return rows.filter(({ error }) => error === null).length;
}

async function decode(): Promise<number> {
  const media = evaluationMedia({ ...config, frameCacheGB: 0 });
  const protocol = protocols.find(({ name }) => name === '16-frames');
  if (!protocol) throw new Error('there is no protocol 16-frames');
  const profile = profileOfProtocol(protocol);
  let count = 0;
  await Promise.all(
    Array.from({ length: size.clips }, async (_, i) => {
      const { frames } = await media.load(join(root, clipPath(i)), profile);
      if (frames.length === 16) count++;
    }),
  );
  await media.close();
  return count;
}

const [start, cpu] = [performance.now(), process.cpuUsage()];
const count = await (side === 'ours' ? ours() : decode());
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, count } satisfies SideResult));
