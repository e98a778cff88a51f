// Runs a bench: our side and a peer in turn, a table on standard output, with --json one line of JSON at its end. Exit status 1 where a
// bar does not hold. Run: npm run bench -- engine [--only i,ii,iii] [--size micro,100M] [--quick] [--grow] [--json]; or models, rewards, curate, evaluate, extract, webgpu, tinker, scaling
// The peer's Python: npm run peers -- engine, or VIDEORFT_PEER_PYTHON=/path/to/python with the packages of peers/engine.txt.
// Times count only on a machine that does nothing else.
import { parseArgs } from 'node:util';
import { VideorftError } from '../src/base/errors.ts';
import { suggestionFix } from '../src/base/suggest.ts';
import { curateBench } from './curate/index.ts';
import type { Part } from './engine/grow.ts';
import { engineBench } from './engine/index.ts';
import { type SizeName, sizeNames } from './engine/shapes.ts';
import { evaluateBench } from './evaluate/index.ts';
import { extractBench } from './extract/index.ts';
import type { BenchResult } from './harness/bench.ts';
import { describeMachine } from './harness/machine.ts';
import { formatTable, jsonLine } from './harness/rows.ts';
import { modelsBench } from './models/index.ts';
import { modelSizes } from './models/prepare.ts';
import { rewardsBench } from './rewards/index.ts';
import { rewardSizes } from './rewards/prepare.ts';
import { scalingTables } from './scaling/index.ts';
import { tinkerBench } from './tinker/index.ts';
import { type WebgpuPart, webgpuBench, webgpuParts } from './webgpu/index.ts';

const help = `npm run bench -- NAME [flags]        NAME: engine, models, rewards, curate, evaluate, extract, webgpu, tinker, scaling

engine: against PyTorch
  --only i,ii,iii      (i) step of a plain transformer, (ii) SFT step of Qwen2.5-VL, (iii) group generation (default all)
  --size micro,100M    shapes of bench/shapes.json: micro is the shipped model (default both; tiny tests the bench)
  --quick              two repetitions of each: a first look
  --grow               also time each part at multiples of batch, length and frames: bench/results/engine-SIZE.svg (long)

models: whole models against transformers with the same weights: prompt, decoding, memory, loading; int8 and int4

  --size 100M,3B       shapes (default both); 3B: 8 GB of disk, 16 GB of memory, and root for a cold cat
  --checkpoints DIR    where checkpoints are made and kept (default: a folder that is removed)
  --quick              two passes of each at 100M

rewards: the semantic reward of our server against torch, computed as the released code does it

  --size micro,so400m  the shipped SigLIP, 64 groups of 8 (default); the paper's shapes, 1 group: 15 minutes, 5 GB of memory
  --quick              four groups, once

curate: all stages of a curation against a bare HTTP loop with the same bytes, and against plain calls of bespokelabs-curator
(npm run peers -- curator; skipped with a reason where that is missing)

  --quick              a tenth of the 20,000 questions

evaluate: 1,000 questions about 200 decoded clips against a local endpoint, beside decoding alone and lmms-eval's client

  --quick              a tenth of the clips
  --only ours          without lmms-eval (else npm run peers -- evaluate)

extract: 16 frames of a minute of 1080p H.264, resized, against decord and torchcodec with the same threads (npm run peers -- extract)

  --quick              ten seconds of video

webgpu: a GPU against the cpu of this machine; no peer is needed

  --only PART,…        ${webgpuParts.join(', ')} (default all, some minutes on a large GPU)
  --quick              the GPU alone

tinker: the share of its time that a remote server is kept busy at 200 ms a request

  --quick              three steps in place of eight

scaling: measures nothing: the tables of docs/SCALING.md, from the cost model in bench/scaling/

  --write              put them and the figure into docs/

All:
  --json               end with one line {"bench", "machine", "rows"}

The peers run in .peers/engine (engine, models), .peers/rewards, .peers/evaluate, .peers/curator and .peers/extract, made by npm run peers -- NAME, or in the Python that VIDEORFT_PEER_PYTHON names.
Exit status: 1 where a bar does not hold.`;

/** Values of a comma-separated flag. Throws 'bench-flag' with a suggestion for one that is not allowed. */
function choices<T extends string>(
  flag: string,
  text: string | undefined,
  allowed: readonly T[],
  all: readonly T[],
): T[] {
  if (text === undefined) return [...all];
  const names = text.split(',').map((name) => name.replace(/^\(|\)$/g, ''));
  const wrong = names.find((name) => !(allowed as readonly string[]).includes(name));
  if (wrong === undefined) return names as T[];
  throw new VideorftError(`--${flag} ${wrong}?`, { code: 'bench-flag', fix: suggestionFix(wrong, [...allowed]) });
}

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        size: { type: 'string' },
        quick: { type: 'boolean', default: false },
        grow: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        checkpoints: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (cause) {
    throw new VideorftError((cause as Error).message.split('. ')[0], {
      code: 'bench-flag',
      fix: 'npm run bench -- --help',
    });
  }
}

type Flags = ReturnType<typeof options>['values'];
const log = (message: string) => console.error(message);

const benches: Readonly<Record<string, (flags: Flags) => Promise<BenchResult | string>>> = {
  engine: ({ only, size, quick, grow }) =>
    engineBench({
      parts: choices<Part>('only', only, ['i', 'ii', 'iii'], ['i', 'ii', 'iii']),
      sizes: choices<SizeName>('size', size, sizeNames, ['micro', '100M']),
      quick,
      grow,
      log,
    }),
  models: ({ size, quick, checkpoints }) =>
    modelsBench({ sizes: choices('size', size, modelSizes, ['100M', '3B']), quick, checkpoints, log }),
  rewards: ({ size, quick }) => rewardsBench({ sizes: choices('size', size, rewardSizes, ['micro']), quick, log }),
  curate: ({ quick }) => curateBench({ quick, log }),
  evaluate: ({ quick, only }) =>
    evaluateBench({
      quick,
      alone: !choices('only', only, ['ours', 'lmms-eval'], ['lmms-eval']).includes('lmms-eval'),
      log,
    }),
  extract: ({ quick }) => extractBench({ quick, log }),
  tinker: ({ quick }) => tinkerBench({ quick, log }),
  scaling: scalingTables,
  webgpu: ({ only, quick }) =>
    webgpuBench({ parts: choices<WebgpuPart>('only', only, webgpuParts, webgpuParts), quick, log }),
};

function print(name: string, result: BenchResult | string, json: boolean): void {
  if (typeof result === 'string') {
    console.log(result);
    return;
  }
  const { machine, rows } = result;
  console.log(`${describeMachine(machine)}\n\n${formatTable(rows)}`);
  if (json) console.log(jsonLine(name, machine, rows));
  if (rows.some((r) => r.holds === false)) process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values, positionals } = options();
  const [name] = positionals;
  if (values.help || name === undefined) {
    console.log(help);
    return;
  }
  const bench = benches[name];
  if (!bench)
    throw new VideorftError(`there is no bench ${name}`, {
      code: 'bench-flag',
      fix: suggestionFix(name, Object.keys(benches)),
    });
  print(name, await bench(values), values.json);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof VideorftError ? error.describe() : error);
  process.exitCode = 1;
}
