// Which samples a step sees: a pure function of seed and step, so that a resumed run needs no other state.
import { createRng } from '../base/rng.ts';

/** Indices of step `step` (from 0) of batches of `size` over `count` samples, reshuffled every epoch; batches may straddle epochs. */
export function batchIndices(count: number, size: number, step: number, seed: number): number[] {
  const out: number[] = [];
  for (let i = step * size; i < (step + 1) * size; i++) {
    const epoch = Math.floor(i / count);
    out.push(epochOrder(count, epoch, seed)[i % count]);
  }
  return out;
}

const orders = new Map<string, number[]>();

function epochOrder(count: number, epoch: number, seed: number): number[] {
  const key = `${count}/${epoch}/${seed}`;
  let order = orders.get(key);
  if (!order) {
    if (orders.size > 4) orders.clear();
    order = createRng(seed)
      .fork(`epoch ${epoch}`)
      .shuffle([...Array(count).keys()]);
    orders.set(key, order);
  }
  return order;
}
