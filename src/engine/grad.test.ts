// Recomputation blocks change memory, not results; how blocks may be written. (The rules themselves: ops.test.ts.)
import { describe, expect, test } from 'vitest';
import { compile } from './compile.ts';
import { gradients } from './grad.ts';
import { checkpoint, type Node, topologicalOrder } from './graph.ts';
import * as o from './ops.ts';
import type { Buffer } from './runtime/ort.ts';
import { dense, random, relativeError, toBuffer } from './testing.fixture.ts';
import { initialWeights, sampleIds, transformer } from './transformer.fixture.ts';

const numbers = (b: Buffer) => Array.from(b.data as Float32Array);

/** d(loss)/d(each of wrt), run on feeds. */
async function evaluate(loss: Node, wrt: Record<string, Node>, feeds: Record<string, Buffer>) {
  const names = Object.keys(wrt);
  const grads = gradients(loss, Object.values(wrt));
  const program = await compile({ loss, ...Object.fromEntries(grads.map((g, i) => [`d/${names[i]}`, g])) });
  const used = Object.fromEntries(program.inputs.map((name) => [name, feeds[name]]));
  const results = await program.run(used);
  await program.dispose();
  return results;
}

describe('recomputation', () => {
  test('a transformer has the loss and the gradients that it has without', async () => {
    const shape = { batch: 3, tokens: 10, width: 16, heads: 2, layers: 3, vocabulary: 24 };
    const feeds = { ...initialWeights(shape, 1), ...sampleIds(shape, 2) };
    const [plain, blocks] = await Promise.all(
      [false, true].map((recompute) => {
        const { loss, weights } = transformer(shape, recompute);
        return evaluate(loss, Object.fromEntries(weights), feeds);
      }),
    );
    expect(numbers(blocks.loss)).toEqual(numbers(plain.loss));
    for (const name of Object.keys(plain)) {
      expect(Math.max(...numbers(plain[name]).map(Math.abs)), name).toBeGreaterThan(0);
      expect(relativeError(numbers(blocks[name]), numbers(plain[name])), name).toBeLessThan(1e-6);
    }
  });

  test('the blocks are computed again', () => {
    const shape = { batch: 1, tokens: 4, width: 8, heads: 1, layers: 2, vocabulary: 8 };
    const erfs = (recompute: boolean) => {
      const { loss, weights } = transformer(shape, recompute);
      const order = topologicalOrder([loss, ...gradients(loss, [...weights.values()])]);
      return order.filter((n) => n.op === 'erf').length;
    };
    expect(erfs(false)).toBe(2);
    expect(erfs(true)).toBe(4);
  });

  test('a block waits for the gradients of every parameter behind it', () => {
    const shape = { batch: 1, tokens: 4, width: 8, heads: 1, layers: 3, vocabulary: 8 };
    const { loss, weights } = transformer(shape, true);
    const forward = new Set(topologicalOrder([loss]));
    const all = gradients(loss, [...weights.values()]);
    const grads = new Map([...weights.keys()].map((name, i) => [name, all[i]]));
    // The walk goes backwards, so the clone of the last block is made first.
    const again = topologicalOrder(all).filter((n) => n.op === 'erf' && !forward.has(n));
    const waits = (block: number, name: string) =>
      topologicalOrder([again[2 - block]]).includes(grads.get(name) as Node);
    expect(again.length).toBe(3);
    for (const kind of ['norm1', 'qkv', 'out', 'norm2', 'up', 'down']) {
      expect(waits(1, `2.${kind}`), `block 1 for 2.${kind}`).toBe(true);
      expect(waits(0, `1.${kind}`), `block 0 for 1.${kind}`).toBe(true);
    }
    expect(waits(2, 'norm'), 'the last block for the head').toBe(true);
    expect(waits(1, '0.up'), 'not for what comes later').toBe(false);
  });

  const x = o.param('x', [2, 3]);
  const y = o.param('y', [2, 3]);
  const feeds = { x: toBuffer(random(1, [2, 3])), y: toBuffer(random(2, [2, 3])), w: toBuffer(random(3, [3])) };
  /** The same function with and without a block around it. */
  async function same(wrt: Record<string, Node>, build: (block: typeof checkpoint) => Node) {
    const [plain, blocks] = [build((inputs, fn) => fn(...inputs)), build(checkpoint)];
    const named = (loss: Node) => {
      const found = new Map(topologicalOrder([loss]).map((n) => ['name' in n.attrs ? n.attrs.name : '', n]));
      return Object.fromEntries(Object.entries(wrt).map(([name, n]) => [name, found.get(name) ?? n]));
    };
    const [want, got] = [await evaluate(plain, named(plain), feeds), await evaluate(blocks, named(blocks), feeds)];
    for (const name of Object.keys(want)) {
      expect(
        numbers(want[name]).some((v) => v !== 0),
        name,
      ).toBe(true);
      expect(relativeError(numbers(got[name]), numbers(want[name])), name).toBeLessThan(1e-6);
    }
  }

  test('a parameter made inside the block gets its gradient', async () => {
    const w = o.param('w', [3]);
    await same({ x, w }, (block) => o.sum(block([x], (h) => o.sin(o.mul(h, o.param('w', [3]))))));
  });
  test('a value from outside that is no input of the block gets its gradient', async () => {
    await same({ x, y }, (block) => {
      const outside = o.exp(y);
      return o.sum(block([x], (h) => o.mul(o.sin(h), outside)));
    });
  });
  test('an input given twice counts once', async () => {
    await same({ x }, (block) => o.sum(block([x, x], (a, b) => o.mul(o.sin(a), b))));
  });
  test('two inputs, and one of them used again after the block', async () => {
    await same({ x, y }, (block) =>
      o.sum(
        o.mul(
          block([x, y], (a, b) => o.tanh(o.mul(a, b))),
          x,
        ),
      ),
    );
  });
  test('a block that returns its input', async () => {
    await same({ x }, (block) => o.sum(o.sin(block([x], (h) => h))));
  });
  test('blocks inside blocks', async () => {
    await same({ x, y }, (block) =>
      o.sum(
        block([x], (h) =>
          o.mul(
            block([h, y], (a, b) => o.sin(o.mul(a, b))),
            o.exp(h),
          ),
        ),
      ),
    );
  });
  test('a block whose output is used twice', async () => {
    await same({ x }, (block) => {
      const h = block([x], (a) => o.sin(a));
      return o.sum(o.mul(h, o.exp(h)));
    });
  });
  test('a value that leaves the block by another way is refused', () => {
    let leaked = x;
    const h = checkpoint([x], (a) => {
      leaked = o.sin(a);
      return o.exp(leaked);
    });
    expect(() => gradients(o.sum(o.mul(h, leaked)), [x])).toThrow('sin inside a recomputation block is used outside');
  });
});

test('gradients add up over every path', async () => {
  const x = o.param('x', [2]);
  const shared = o.mul(x, x);
  const loss = o.sum(o.add(o.mul(shared, x), o.add(shared, shared))); // x³ + 2x²
  const results = await evaluate(loss, { x }, { x: toBuffer(dense([2], [2, -3])) });
  expect(numbers(results['d/x'])).toEqual([20, 15]);
});
