// What may be written in place, and what is refused; accepted graphs compute in place what they compute into fresh memory.
import { describe, expect, test } from 'vitest';
import { VideorftError } from '../base/errors.ts';
import { createRng, type Rng } from '../base/rng.ts';
import { checkGraph, type Update } from './check.ts';
import { compile } from './compile.ts';
import type { Node } from './graph.ts';
import * as o from './ops.ts';
import { random, toBuffer } from './testing.fixture.ts';

const p = o.param('p', [8, 8]);
const q = o.param('q', [8, 8]);
const b = o.input('b', [8, 8]);
const squares = (x: Node) => o.sum(o.mul(x, x));

function codeOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return error instanceof VideorftError ? error.code : String(error);
  }
  return 'accepted';
}
const judge = (value: Node, outputs: Record<string, Node> = {}, target = p) =>
  codeOf(() => checkGraph(outputs, [{ target, value }]));

describe('refused', () => {
  const seen = squares(p);
  const cache = o.param('cache', [2, 1, 4, 8]);
  const attention = (k: Node, v: Node) => {
    const x = o.input('x', [2, 1, 8]);
    const [seqlens, total] = [o.input('seqlens', [2], 'i32'), o.input('total', [1], 'i32')];
    return o.gqa({ q: x, k: x, v: x, pastK: k, pastV: v, seqlens, total }, 1, 1, 1);
  };
  const refused: Record<string, () => string> = {
    'a reader that the new value does not wait for': () => judge(o.sub(p, b), { seen }),
    'a reader that another update needs': () =>
      codeOf(() =>
        checkGraph({}, [
          { target: p, value: o.mul(q, 1.5) },
          { target: q, value: o.mul(p, 1.5) },
        ]),
      ),
    'such a reader behind a reshape': () =>
      judge(o.add(p, o.reshape(o.reshape(p, [64]), [8, 8])), { seen: squares(o.reshape(p, [64])) }),
    'such a reader behind stopGradient': () => judge(o.sub(p, o.stopGradient(p)), { seen: squares(o.stopGradient(p)) }),
    'such a reader behind one view of two': () => {
      const view = o.reshape(p, [64]);
      return judge(o.add(p, o.reshape(view, [8, 8])), { seen: squares(view) });
    },
    'such a reader behind an addition of zero': () => {
      const same = o.add(p, 0);
      return judge(o.mul(same, 2), { seen: squares(same) });
    },
    'such a reader behind a scaling that a product may absorb': () => {
      const half = o.mul(p, 0.5);
      return judge(o.sub(o.matmul(half, b), q), { product: o.matmul(half, b), seen: squares(o.softmax(half)) });
    },
    'a scaled old value as an output beside a product that absorbs the scale': () => {
      const third = o.div(p, 3);
      const product = o.matmul(third, q);
      return judge(o.add(p, o.mul(product, b)), { third, product });
    },
    'an overwriter that still reads': () => judge(o.matmul(p, b)),
    'softmax over itself': () => judge(o.softmax(p)),
    'a product that may be fused into the write': () => judge(o.add(o.matmul(p, b), p)),
    'a scaled product': () => judge(o.mul(o.matmul(p, b), 0.5)),
    'a layer norm of itself': () => judge(o.layerNorm(p, o.input('w', [8]), o.input('bias', [8]), 1e-5)),
    'another shape': () => judge(o.sum(p, 0)),
    'another type': () => judge(o.cast(o.sub(p, 1), 'f16')),
    'a target that is no leaf': () => judge(o.sub(p, 1), {}, o.mul(p, 2)),
    'two updates of one tensor': () =>
      codeOf(() =>
        checkGraph({}, [
          { target: p, value: o.sub(p, 1) },
          { target: p, value: o.sub(p, 2) },
        ]),
      ),
    'the target as an output': () => judge(o.sub(p, 1), { old: p }),
    'the target as an output behind stopGradient': () => judge(o.sub(p, 1), { old: o.stopGradient(p) }),
    'a cache that is read twice': () =>
      judge(o.part(attention(cache, o.param('v', [2, 1, 4, 8])), 1), { seen: squares(cache) }, cache),
    'a cache that is read through a view': () =>
      judge(o.part(attention(cache, o.param('v', [2, 1, 4, 8])), 1), { seen: o.sum(o.reshape(cache, [64])) }, cache),
    'a cache that is both keys and values': () => judge(o.part(attention(cache, cache), 1), {}, cache),
    'the present keys over the past values': () =>
      judge(o.part(attention(o.param('k', [2, 1, 4, 8]), cache), 1), {}, cache),
  };
  test.each(Object.entries(refused))('%s', (_, run) => {
    expect(run()).toBe('engine-alias');
  });
  test('the message names both and says what to do', () => {
    const error = (() => {
      try {
        checkGraph({ seen }, [{ target: p, value: o.sub(p, b) }]);
      } catch (e) {
        return e as VideorftError;
      }
      throw new Error('accepted');
    })();
    expect(error.message).toMatch(/^mul#\d+ may read the old value after the write \(update of p\)$/);
    expect(error.fix).toContain('depend on every reader');
  });
});

describe('accepted', () => {
  const norm = o.sqrt(squares(o.matmul(p, b)));
  const k = o.param('k', [2, 1, 4, 8]);
  const v = o.param('v', [2, 1, 4, 8]);
  const x = o.input('x', [2, 1, 8]);
  const y = o.gqa(
    { q: x, k: x, v: x, pastK: k, pastV: v, seqlens: o.input('s', [2], 'i32'), total: o.input('t', [1], 'i32') },
    1,
    1,
    1,
  );
  const accepted: Record<string, () => string> = {
    'the new value reads the old one element by element': () => judge(o.sub(p, b)),
    'every reader waits behind the norm': () => judge(o.sub(p, o.mul(b, norm)), { norm }),
    'a new value that does not read the old one': () => judge(o.matmul(q, b)),
    'adding a product of others': () => judge(o.add(p, o.matmul(q, b))),
    'a product of the old value that is also an output': () => {
      const product = o.matmul(p, b);
      return judge(o.add(p, product), { product });
    },
    'caches written by their attention': () =>
      codeOf(() =>
        checkGraph({ y }, [
          { target: k, value: o.part(y, 1) },
          { target: v, value: o.part(y, 2) },
        ]),
      ),
  };
  test.each(Object.entries(accepted))('%s', (_, run) => {
    expect(run()).toBe('accepted');
  });
});

describe('names', () => {
  test('two inputs of one name are refused', () => {
    expect(codeOf(() => checkGraph({ y: o.add(o.input('x', [2]), o.input('x', [2])) }, []))).toBe('engine-names');
  });
  test('an output named as an input is refused', () => {
    expect(codeOf(() => checkGraph({ p: o.neg(p) }, []))).toBe('engine-names');
  });
});

/** A graph of random operations over p and q, with updates whose new values are elementwise. */
function randomGraph(rng: Rng) {
  const leaves = [o.param('p', [12, 12]), o.param('q', [12, 12]), o.input('b', [12, 12])];
  const pool = [...leaves];
  const pick = () => rng.pick(pool);
  const makers: (() => Node)[] = [
    () => o.add(pick(), pick()),
    () => o.sub(pick(), pick()),
    () => o.mul(pick(), 0.5),
    () => o.mul(o.tanh(pick()), pick()),
    () => o.mul(o.matmul(pick(), pick()), 0.1),
    () => o.matmul(o.transpose(pick(), [1, 0]), pick(), { alpha: 0.1 }),
    () => o.mul(pick(), o.sigmoid(pick())),
    () => o.softmax(pick()),
    () => o.reshape(o.softmax(o.reshape(pick(), [6, 24])), [12, 12]),
    () => o.stopGradient(pick()),
    () => o.neg(pick()),
    () => o.maximum(pick(), o.mul(pick(), 2)),
    () => o.div(pick(), 3),
    () => o.sqrt(o.add(o.mul(pick(), pick()), 1)),
    () => o.concat([o.slice(pick(), 0, 6, 12), o.slice(pick(), 0, 0, 6)], 0),
    () => o.add(pick(), o.slice(pick(), 0, 3, 4)),
    () => o.rmsNorm(pick(), o.reshape(o.slice(pick(), 0, 3, 4), [12]), 1e-5),
    () => o.sub(pick(), o.reduceMax(pick(), 1, true)),
    () => o.mul(o.mul(o.matmul(o.mul(pick(), 0.5), o.transpose(pick(), [1, 0])), 0.25), 2),
    () => o.transpose(pick(), [1, 0]),
    () => o.mul(pick(), o.tanh(o.sum(pool.map((n) => o.sum(n)).reduce(o.add)))),
  ];
  const size = 3 + rng.int(8);
  for (let i = 0; i < size; i++) pool.push(rng.pick(makers)());
  const gate = o.tanh(o.sum(o.mul(pick(), 0.01)));
  const value = (target: Node): Node => {
    const other = rng.pick(pool.slice(3));
    const forms = [() => other, () => o.add(target, o.mul(other, gate)), () => o.sub(other, target)];
    return rng.pick(forms)();
  };
  const updates: Update[] = leaves.slice(0, 1 + rng.int(2)).map((target) => ({ target, value: value(target) }));
  const outputs = { gate, first: rng.pick(pool.slice(3)), second: o.sum(pick()) };
  return { outputs, updates };
}

test('an accepted graph computes in place, bit for bit, what it computes into fresh memory', async () => {
  let [accepted, refused] = [0, 0];
  for (let seed = 0; seed < 500; seed++) {
    const { outputs, updates } = randomGraph(createRng(seed));
    const code = codeOf(() => checkGraph(outputs, updates));
    if (code !== 'accepted') {
      expect(code).toBe('engine-alias');
      refused++;
      continue;
    }
    accepted++;
    // The names that compile() gives to updates: the same model to the byte, so that fusion cannot differ.
    const fresh = Object.fromEntries(updates.map((u, i) => [`${'pq'[i]}:new`, u.value]));
    const [apart, inPlace] = [await compile({ ...outputs, ...fresh }), await compile(outputs, updates)];
    const feeds = () =>
      Object.fromEntries(['p', 'q', 'b'].map((name, i) => [name, toBuffer(random(seed * 3 + i, [12, 12]))]));
    const want = await apart.run(feeds());
    const memory = feeds();
    const got = await inPlace.run(memory);
    for (const name of Object.keys(outputs)) expect(got[name].data, `seed ${seed} ${name}`).toEqual(want[name].data);
    for (const name of ['p', 'q'].slice(0, updates.length))
      expect(memory[name].data, `seed ${seed} update of ${name}`).toEqual(want[`${name}:new`].data);
    await Promise.all([apart.dispose(), inPlace.dispose()]);
  }
  expect(accepted).toBeGreaterThan(60);
  expect(refused).toBeGreaterThan(60);
});
