// Runs a bench: our side and a peer in turn, a table on standard output, with --json one line of JSON at its end. Exit status 1 where a
// bar does not hold. Run: npm run bench -- engine [--only i,ii,iii] [--size micro,100M] [--quick] [--grow] [--json]
// The peer's Python: npm run peers -- engine, or VIDEORFT_PEER_PYTHON=/path/to/python with the packages of peers/engine.txt.
// Times count only on a machine that does nothing else. Leaves out: benches other than the engine's.
import { parseArgs } from 'node:util';
import { VideorftError } from '../src/base/errors.ts';
import { suggestionFix } from '../src/base/suggest.ts';
import type { Part } from './engine/grow.ts';
import { engineBench } from './engine/index.ts';
import { type SizeName, sizeNames } from './engine/shapes.ts';
import type { BenchResult } from './harness/bench.ts';
import { describeMachine } from './harness/machine.ts';
import { formatTable, jsonLine } from './harness/rows.ts';

const help = `npm run bench -- NAME [flags]        NAME: engine

  --only i,ii,iii      (i) step of a plain transformer, (ii) SFT step of Qwen2.5-VL, (iii) group generation (default all)
  --size micro,100M    shapes of bench/shapes.json: micro is the shipped model (default both; tiny tests the bench)
  --quick              two repetitions of each: a first look
  --grow               also time each part at multiples of batch, length and frames: bench/results/engine-SIZE.svg (long)
  --json               end with one line {"bench", "machine", "rows"}

The peer runs in .peers/NAME (made by npm run peers -- NAME) or in the Python that VIDEORFT_PEER_PYTHON names.
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

function print(name: string, { machine, rows }: BenchResult, json: boolean): void {
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
  if (name !== 'engine') {
    throw new VideorftError(`there is no bench ${name}`, { code: 'bench-flag', fix: suggestionFix(name, ['engine']) });
  }
  const result = await engineBench({
    parts: choices<Part>('only', values.only, ['i', 'ii', 'iii'], ['i', 'ii', 'iii']),
    sizes: choices<SizeName>('size', values.size, sizeNames, ['micro', '100M']),
    quick: values.quick,
    grow: values.grow,
    log: (message) => console.error(message),
  });
  print(name, result, values.json);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof VideorftError ? error.describe() : error);
  process.exitCode = 1;
}
