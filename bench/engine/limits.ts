// The machine's own limits, measured before anything else: matrix products of both libraries (the better one counts), memory traffic.
import { rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import type { Limits } from './protocol.ts';
import { type Starts, withSides } from './sides.ts';

export interface MeasuredLimits {
  readonly limits: Limits;
  readonly rows: TableRow[];
  /** Versions of both sides' libraries. */
  readonly versions: Record<string, string>;
}

/** `side` of the square matrices; `bytes` of the copies. */
export function measureLimits(starts: Starts, threads: number, side = 2048, bytes = 256e6): Promise<MeasuredLimits> {
  return withSides(starts, async ({ ours, peer }) => {
    const a = await ours.call<{ gflops: number }>('gemm', { threads, side });
    const b = await peer.call<{ gflops: number }>('gemm', { threads, side });
    const { gigabytes } = await ours.call<{ gigabytes: number }>('traffic', { threads, bytes });
    const versions = {
      ...(await ours.call<Record<string, string>>('facts')),
      ...(await peer.call<Record<string, string>>('facts')),
    };
    const rows = [
      rowOf({ what: `limit: f32 matrix product ${side}³`, ours: a.gflops, peer: b.gflops, unit: 'GFLOP/s' }),
      valueRow({ what: 'limit: memory traffic', ours: gigabytes, unit: 'GB/s' }),
    ];
    return { limits: { gflops: Math.max(a.gflops, b.gflops), gigabytes }, rows, versions };
  });
}
