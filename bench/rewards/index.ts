// The bench of the semantic reward: our server against torch, computed as the authors' released code does it: every frame goes through both
// towers once per completion. Same weights, same frames, f32, one run. The peer gets decoded frames; we decode the videos.
import { join } from 'node:path';
import { type Starts, withFolder, withSides } from '../engine/sides.ts';
import type { BenchResult } from '../harness/bench.ts';
import { Child } from '../harness/child.ts';
import { describeMachine, loadNow, machineFacts } from '../harness/machine.ts';
import { peerPython } from '../harness/peer-python.ts';
import { rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import { alternate, ranges, summarize } from '../harness/timing.ts';
import { prepareRewards, type RewardSize } from './prepare.ts';
import type { Question, Scored } from './protocol.ts';

export interface RewardsBenchOptions {
  readonly sizes: readonly RewardSize[];
  /** Four groups, once: a first look. */
  readonly quick: boolean;
  readonly log: (message: string) => void;
  /** Default: the server against torch. */
  readonly starts?: Starts;
}

const THREADS = 2;
const GROUPS = { micro: 64, so400m: 1 };
const REPEATS = { micro: 3, so400m: 1 };

function rewardStarts(): Starts {
  const python = peerPython('rewards');
  const env = { OMP_NUM_THREADS: String(THREADS), TRANSFORMERS_VERBOSITY: 'error', HF_HUB_OFFLINE: '1' };
  return {
    ours: () => new Child('our side', process.execPath, [join(import.meta.dirname, 'side.ts')]),
    peer: () => new Child('the peer', python, [join(import.meta.dirname, '../peers/rewards.py')], env),
  };
}

const samples = (questions: readonly Question[]) =>
  questions.reduce((sum, { completions }) => sum + completions.length, 0);

/** Largest difference of two tables of rewards of one shape. */
function furthest(a: Scored, b: Scored): number {
  const differences = a.rewards_PG.flatMap((row, p) => row.map((x, g) => Math.abs(x - b.rewards_PG[p][g])));
  return Math.max(...differences);
}

async function measure(
  size: RewardSize,
  starts: Starts,
  quick: boolean,
  log: (m: string) => void,
): Promise<TableRow[]> {
  const [groups, repeats] = quick ? [Math.min(4, GROUPS[size]), 1] : [GROUPS[size], REPEATS[size]];
  return withFolder(async (folder) => {
    const { questions, ...opened } = await prepareRewards(folder, size, groups);
    return withSides(starts, async ({ ours, peer }) => {
      for (const side of [ours, peer]) await side.call('open', { ...opened, threads: THREADS });
      // Programs are made and pages touched; at so400m a pass takes too long to be made for that.
      if (size === 'micro')
        for (const side of [ours, peer]) await side.call('score', { questions: questions.slice(0, 4) });
      log(`${size}: ${groups} groups, ${samples(questions)} completions`);
      const score = (side: Child) => () => side.call<Scored>('score', { questions });
      const runs = await alternate(repeats, { ours: score(ours), peer: score(peer) });
      const rate = ({ seconds }: Scored) => samples(questions) / seconds;
      const [a, b] = [summarize(runs.ours.map(rate)), summarize(runs.peer.map(rate))];
      const cpu = (all: readonly Scored[]) =>
        (1000 * summarize(all.map(({ cpuSeconds }) => cpuSeconds)).median) / samples(questions);
      const memory = [ours.peakMemory() ?? null, peer.peakMemory() ?? null];
      const spread = Math.max(...runs.ours[0].rewards_PG.flat()) - Math.min(...runs.ours[0].rewards_PG.flat());
      return [
        rowOf({
          what: `${size}: completions a second`,
          ours: a.median,
          peer: b.median,
          unit: '1/s',
          bar: { kind: 'at least', value: 6 },
          note: ranges(a, b),
        }),
        rowOf({ what: `${size}: processor time a completion`, ours: cpu(runs.ours), peer: cpu(runs.peer), unit: 'ms' }),
        valueRow({
          what: `${size}: rewards per frame, furthest from the peer's`,
          // Rewards that are all alike would agree with anything.
          ours: spread > 0 ? furthest(runs.ours[0], runs.peer[0]) : null,
          unit: '',
          bar: { kind: 'at most', value: 1e-4 },
          note: `they range over ${spread.toPrecision(2)}`,
        }),
        rowOf({ what: `${size}: peak memory`, ours: memory[0], peer: memory[1], unit: 'MB' }),
      ];
    });
  });
}

/** Errors: bench-peer, bench-child. */
export async function rewardsBench({ sizes, quick, log, ...rest }: RewardsBenchOptions): Promise<BenchResult> {
  const starts = rest.starts ?? rewardStarts();
  const load = loadNow();
  const versions = await withSides(starts, ({ peer }) => peer.call<Record<string, string>>('facts'));
  const machine = machineFacts(THREADS, versions, load);
  log(describeMachine(machine));
  const rows: TableRow[] = [];
  for (const size of sizes) rows.push(...(await measure(size, starts, quick, log)));
  return { machine, rows };
}
