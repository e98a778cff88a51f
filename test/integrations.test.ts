// The files of integrations/ with bare Python, without their engines (those: test/interop): what they share is the same in each, they need the
// standard library only, and what they make of rewards, of samples that cannot be scored, and of a server that is full or away.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completion, type RewardServing, serveRewardsOf } from './support/reward-world.ts';

const root = join(import.meta.dirname, '../integrations');
const engines = readdirSync(root).filter((name) => existsSync(join(root, name, 'videorft_rewards.py')));
const text = (engine: string) => readFileSync(join(root, engine, 'videorft_rewards.py'), 'utf8');

/** Top-level definitions of a file by name, constants too. */
function definitions(source: string): Map<string, string> {
  const parts = source.split(/\n(?=\S)/).map((part) => part.trim());
  const named = parts.map((part): [string, string] => [
    /^(?:(?:def|class) )?(\w+(?:, \w+)*)(?: = |\()/.exec(part)?.[1] ?? '',
    part,
  ]);
  return new Map(named.filter(([name]) => name !== ''));
}

/** What each engine asks for itself. */
const own = new Set('videorft_reward VideoRFT compute_score text_of sample_of REWARD_NAME REWARD_TYPE'.split(' '));

test('what the files share is the same in each', () => {
  expect(engines).toEqual(['easyr1', 'ms-swift', 'trl', 'verl']);
  const all = engines.map((engine) => [engine, definitions(text(engine))] as const);
  const shared = new Map<string, string>();
  for (const [engine, found] of all)
    for (const [name, body] of found) {
      if (own.has(name)) continue;
      expect(body, `${name} in ${engine}`).toBe(shared.get(name) ?? body);
      shared.set(name, body);
    }
  expect([...shared.keys()].sort()).toEqual(
    ['FIELDS', 'SECONDS', 'TOKEN', 'URL', 'post', 'rewards_of', 'samples_of', 'score', 'seen, bad'].sort(),
  );
});

test('they import the standard library, and ms-swift its own', () => {
  for (const engine of engines) {
    const imports = [...text(engine).matchAll(/^\s*(?:import|from) (\S+)/gm)].map(([, name]) => name);
    const allowed = [
      'http.client',
      'json',
      'os',
      'sys',
      'time',
      'urllib.error',
      'urllib.request',
      'swift.rewards',
      'swift.plugin',
    ];
    expect(imports.filter((name) => !allowed.includes(name))).toEqual([]);
  }
});

const python = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!python)('with bare Python (skipped: there is no python3)', () => {
  let server: RewardServing;
  beforeAll(async () => {
    const options = { apiKeyEnv: 'KEY', maxConcurrent: 1, maxQueue: 0 };
    server = await serveRewardsOf({ rewards: { parts: { semantic: false } }, options, env: { KEY: 'sesame' } });
  });
  afterAll(() => server.stop());

  /** Runs lines of Python after the engine's file; resolves to what they print, and to standard error. */
  async function run(engine: string, lines: string, env: Record<string, string> = {}) {
    const all = { VIDEORFT_REWARDS_URL: server.origin, VIDEORFT_REWARDS_TOKEN: 'sesame', ...env };
    const { stdout, stderr } = await promisify(execFile)(
      'python3',
      ['-c', `import json\nfrom videorft_rewards import *\n${lines}`],
      {
        cwd: join(root, engine),
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...all },
      },
    );
    return { value: JSON.parse(stdout) as unknown, stderr };
  }
  const right = JSON.stringify(completion('A'));
  const sample = `{"problem_type": "multiple choice", "solution": "<answer>A</answer>", "problem_id": 1}`;
  const unreadable = `{"problem_type": "numerical", "solution": "<answer>many</answer>", "problem_id": 2}`;

  test('TRL: totals in the order of the completions, None for a sample that cannot be scored', async () => {
    const lines = `
rows = [${sample}, ${unreadable}, ${sample}]
texts = [[{"role": "assistant", "content": ${right}}], "x", "x"]
print(json.dumps(videorft_reward(texts, **{k: [r[k] for r in rows] for k in rows[0]})))`;
    const { value, stderr } = await run('trl', lines);
    expect(value).toEqual([2, null, 0]);
    expect(stderr).toContain('a sample is left out: The sample');
  });

  test('TRL: past a tenth of 20 samples the run stops', async () => {
    const lines = `
rows = [${sample} | {"problem_id": i} for i in range(17)] + [${unreadable} | {"problem_id": i} for i in range(17, 20)]
try: videorft_reward(["x"] * 20, **{k: [r[k] for r in rows] for k in rows[0]})
except RuntimeError as error: print(json.dumps(str(error)))`;
    expect((await run('trl', lines)).value).toContain('3 of 20 samples could not be scored');
  });

  test('verl: one completion, its parts beside the score; the ground truth may be the solution', async () => {
    const lines = `
sample = ${sample}
first = compute_score("x", ${right}, json.dumps(sample))
second = compute_score("x", ${right}, sample.pop("solution"), extra_info=sample)
print(json.dumps([first, second]))`;
    const score = { score: 2, format: 1, accuracy: 1 };
    expect((await run('verl', lines)).value).toEqual([score, score]);
  });

  test('EasyR1: a batch; a sample that cannot be scored ends it with its reason', async () => {
    const lines = `
one = lambda s, t: {"response": t, "response_length": 9, "ground_truth": json.dumps(s)}
good = compute_score([one(${sample}, ${right}), one(${sample}, "x")])
try: compute_score([one(${unreadable}, "x")])
except RuntimeError as error: print(json.dumps([good, str(error)]))`;
    const { value } = await run('easyr1', lines);
    const [good, error] = value as [unknown, string];
    expect(good).toEqual([
      { overall: 2, format: 1, accuracy: 1 },
      { overall: 0, format: 0, accuracy: 0 },
    ]);
    expect(error).toContain('The sample’s solution'.replace('’', "'"));
  });

  test('a server that ends in the middle of its answer is asked again', async () => {
    let asked = 0;
    const half = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 12 });
      if (asked++ > 0) return void response.end('{"total": 2}');
      response.write('{"total":', () => response.destroy());
    });
    await new Promise<void>((listening) => half.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(half.address() as AddressInfo).port}`;
    const { value } = await run('verl', 'print(json.dumps(post("/rm", {})))', { VIDEORFT_REWARDS_URL: url });
    half.close();
    expect([value, asked]).toEqual([{ total: 2 }, 2]);
  });

  test('a full server is asked again, a wrong token is not, and one that is away is named', async () => {
    const ask = `print(json.dumps(compute_score("x", ${right}, json.dumps(${sample}))["score"]))`;
    expect(await Promise.all([1, 2, 3].map(async () => (await run('verl', ask)).value))).toEqual([2, 2, 2]);
    const failure = `
try: compute_score("x", "", json.dumps(${sample}))
except RuntimeError as error: print(json.dumps(str(error)))`;
    expect((await run('verl', failure, { VIDEORFT_REWARDS_TOKEN: 'guess' })).value).toContain('the token is wrong');
    const away = { VIDEORFT_REWARDS_URL: 'http://127.0.0.1:9', VIDEORFT_REWARDS_SECONDS: '0.1' };
    expect((await run('verl', failure, away)).value).toContain('no reward server at http://127.0.0.1:9');
  });
});
