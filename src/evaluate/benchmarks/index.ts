// The table of benchmarks, in the order of the paper's Table 1. To add one: a file here, and its line.
import { VideorftError } from '../../base/errors.ts';
import { suggestionFix } from '../../base/suggest.ts';
import type { Benchmark } from './benchmark.ts';
import { mmvu } from './mmvu.ts';
import { mvbench } from './mvbench.ts';
import { tempcompass } from './tempcompass.ts';
import { videomme } from './videomme.ts';
import { videommmu } from './videommmu.ts';
import { vsibench } from './vsibench.ts';

export const benchmarks: readonly Benchmark[] = [vsibench, videommmu, mmvu, mvbench, tempcompass, videomme];
export const benchmarkNames = benchmarks.map(({ name }) => name);

/** Throws 'benchmark-unknown' with the nearest name. */
export function findBenchmark(name: string): Benchmark {
  const found = benchmarks.find((benchmark) => benchmark.name === name);
  if (found) return found;
  throw new VideorftError(`there is no benchmark called ${name}`, {
    code: 'benchmark-unknown',
    fix: suggestionFix(name, benchmarkNames),
  });
}
