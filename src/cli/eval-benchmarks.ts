// `videorft eval --list` and `videorft eval --check DIR`: what benchmarks there are, and what of them is in a folder.
import { VideorftError } from '../base/errors.ts';
import { lazyProgress } from '../base/progress.ts';
import {
  type Benchmark,
  type BenchmarkCheck,
  benchmarkNames,
  benchmarks,
  checkBenchmark,
  findBenchmark,
  formatCheck,
  locate,
  protocolLabel,
  protocols,
} from '../evaluate/index.ts';

type Print = (line: string) => void;

export function listBenchmarks(print: Print): number {
  for (const { name, title, hub, official, preprocessed, videos, size, licence, get, scores } of benchmarks) {
    const rows = `${official.rows ?? 'unknown'} official rows, ${preprocessed.rows ?? 'an unknown number of'} preprocessed`;
    print(`${name}: ${title}`);
    print(`  from     ${hub} on the Hugging Face Hub, ${size}`);
    print(
      `  rows     ${rows}${videos === null ? '' : `, ${videos} videos`}; preprocessed: ${preprocessed.files[0][0]}`,
    );
    print(`  licence  ${licence}`);
    print(`  get      ${get}`);
    print(`  scored   ${scores}`);
  }
  print('\nprotocols');
  for (const protocol of protocols) print(`  ${protocolLabel(protocol)}: ${protocol.about}`);
  return 0;
}

async function checked(dir: string, benchmark: Benchmark, signal: AbortSignal): Promise<BenchmarkCheck> {
  const zips = lazyProgress({ label: `check ${benchmark.name}: looking into zips`, unit: 'zips' });
  const videos = lazyProgress({ label: `check ${benchmark.name}`, unit: 'videos', afterMs: 0 });
  const onArchive: typeof zips.set = (done, total, status) => {
    zips.set(done, total, status);
    if (done === total) zips.finish();
  };
  return checkBenchmark(dir, benchmark, { signal, onProgress: videos.set, onArchive }).finally(videos.finish);
}

/** Status 0 where everything that was found is complete, else 1. Throws 'benchmark-missing' where nothing was. */
export async function checkBenchmarks(
  dir: string,
  only: string | undefined,
  print: Print,
  signal: AbortSignal,
): Promise<number> {
  const wanted = only === undefined ? benchmarks : [findBenchmark(only)];
  let [found, complete] = [0, true];
  for (const benchmark of wanted) {
    if (only === undefined && !(await locate(dir, benchmark))) continue;
    const check = await checked(dir, benchmark, signal);
    print(formatCheck(check));
    found++;
    complete &&= check.ok;
  }
  if (found > 0) return complete ? 0 : 1;
  throw new VideorftError(`there is no benchmark in ${dir}`, {
    code: 'benchmark-missing',
    facts: { folder: dir, looked: benchmarkNames.join(', ') },
    fix: 'put each into a folder of its name; videorft eval --list says how to get them',
  });
}
