// A real vLLM, on the CPU: it opens a checkpoint of ours as training left it, takes adapters while it runs and samples with each as the trainer
// would, and an evaluation by its three ways of taking a video says what the model says in this process.
// Run: npm run test:interop -- test/interop/vllm.test.ts   (peer: npm run peers -- vllm)
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSamples } from '../../src/data/index.ts';
import type { EvaluatedRow } from '../../src/evaluate/index.ts';
import { makeWorld } from '../../src/world/index.ts';
import { rowsOf, runCli } from '../support/cli-world.ts';
import { freePort } from '../support/free-port.ts';
import { peer } from './peer.ts';

const vllm = peer('vllm');
const dir = mkdtempSync(join(tmpdir(), 'videorft-vllm-'));
const [world, rows, chains] = [join(dir, 'world'), join(dir, 'rows.jsonl'), join(dir, 'chains.jsonl')];
let checkpoint: string;
let server: { readonly url: string; readonly child: ChildProcess; readonly said: () => string };

/** Videos and pictures, with chains that all say the same. */
async function writeData(): Promise<void> {
  const { train } = await makeWorld(world, { seed: 4, train: 40, heldOut: 0, questionsPerScene: 1 });
  const of = (type: 'video' | 'image', count: number) => train.filter((row) => row.data_type === type).slice(0, count);
  const chosen = [...of('video', 12), ...of('image', 4)];
  await writeSamples(rows, chosen);
  await writeSamples(
    chains,
    chosen.map((row) => ({ ...row, process: '<think>The question asks what is seen. It is seen.</think>' })),
  );
}

async function trained(...args: readonly (string | number)[]): Promise<string> {
  const { status, out, err } = await runCli(...args, '--media-root', world, '--profile', 'micro');
  expect([status, err]).toEqual([0, '']);
  return out.trim().split('\n').at(-1) as string;
}

async function startVllm(model: string): Promise<typeof server> {
  const port = await freePort();
  const args = [
    // Not by `vllm serve`, which looks for a package of its own name: on a CPU it has another.
    ...['-m', 'vllm.entrypoints.openai.api_server', '--model', model, '--served-model-name', 'base'],
    ...['--host', '127.0.0.1'],
    ...['--port', port, '--dtype', 'float32', '--max-model-len', 2048, '--max-num-batched-tokens', 4096],
    ...['--enforce-eager', '--enable-lora', '--max-lora-rank', 16, '--trust-request-mm-kwargs'],
    ...['--allowed-local-media-path', dir],
  ];
  const env = {
    ...process.env,
    ...{ VLLM_ALLOW_RUNTIME_LORA_UPDATING: 'True', VLLM_CPU_KVCACHE_SPACE: '1', VLLM_CPU_OMP_THREADS_BIND: 'nobind' },
    ...{ OMP_NUM_THREADS: '1', HF_HUB_OFFLINE: '1', CUDA_VISIBLE_DEVICES: '', VLLM_NO_USAGE_STATS: '1' },
  };
  const child = spawn(vllm.python as string, args.map(String), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += String(data)));
  const url = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(`vLLM ended with status ${child.exitCode}:\n${said.slice(-6000)}`);
    await new Promise((done) => setTimeout(done, 500));
  }
  return { url, child, said: () => said };
}

describe('vLLM', () => {
  beforeAll(async () => {
    if (!vllm.python) return;
    await writeData();
    const out = join(dir, 'sft');
    checkpoint = await trained('sft', '--data', chains, '--out', out, '--epochs', 4, '--batch-size', 4);
    server = await startVllm(checkpoint);
  });
  afterAll(async () => {
    server?.child.kill('SIGTERM');
    if (server) await once(server.child, 'exit');
    rmSync(dir, { recursive: true, force: true });
  });

  test('samples with each adapter as the trainer would: its tokens, its log-probabilities', async (context) => {
    if (!vllm.python) return context.skip(vllm.reason);
    const out = join(dir, 'grpo');
    const settings = ['--lora.rank', 8, '--learning-rate', 1e-3, '--questions', 8, '--group-size', 2];
    await trained(
      ...['grpo', '--data', rows, '--model', checkpoint, '--out', out, '--rollouts', server.url],
      ...[...settings, '--steps', 3, '--max-tokens', 48],
    );
    const steps = rowsOf<Record<string, number>>(join(out, 'metrics.jsonl'));
    console.log(
      steps.map(({ logprobGap, logprobGapMean }) => `gap ${logprobGap}, on average ${logprobGapMean}`).join('\n'),
    );
    expect(steps.map(({ samplerVersion }) => samplerVersion)).toEqual([0, 1, 2]);
    for (const { logprobGap, setAside, gradNorm } of steps) {
      expect(setAside).toBe(0);
      expect(gradNorm).toBeGreaterThan(0);
      expect(logprobGap).toBeLessThan(1e-3);
    }
    expect(server.said().match(/Loaded new LoRA adapter/g)).toHaveLength(3);
  });

  test.for([
    ['a rank that it was not started for', ['--lora.rank', 32], 'start vLLM with --max-lora-rank 32'],
    [
      'a folder that it does not see',
      ['--lora.rank', 8, '--rollout-server.adapters-there', '/nowhere'],
      'adaptersThere',
    ],
  ] as const)('%s ends the run, with the way out', async ([name, flags, fix], context) => {
    if (!vllm.python) return context.skip(vllm.reason);
    const { status, err } = await runCli(
      ...['grpo', '--data', rows, '--model', checkpoint, '--out', join(dir, name), '--rollouts', server.url],
      ...['--media-root', world, '--profile', 'micro', '--steps', 1, '--questions', 2, '--group-size', 2, ...flags],
    );
    expect([status, err]).toEqual([1, expect.stringContaining(fix)]);
  });

  test.for([
    ['jpeg_video', 0.8],
    ['video_url', 0.4],
  ] as const)('by %s says what the model says in this process', async ([form, least], context) => {
    if (!vllm.python) return context.skip(vllm.reason);
    const common = ['eval', '--data', rows, '--media-root', world, '--protocol', 'micro', '--mode', 'think'];
    const [here, there] = [join(dir, `here-${form}.jsonl`), join(dir, `${form}.jsonl`)];
    expect((await runCli(...common, '--model', checkpoint, '--out', here)).status).toBe(0);
    const endpoint = ['--endpoint', `${server.url}/v1`, '--endpoint-model', 'base', '--video', form];
    expect((await runCli(...common, ...endpoint, '--out', there)).status).toBe(0);
    const outputs = new Map(rowsOf<EvaluatedRow>(here).map(({ id, output }) => [id, output]));
    const answers = rowsOf<EvaluatedRow>(there);
    expect(answers.map(({ error }) => error)).toEqual(answers.map(() => null));
    const same = answers.filter(({ id, output }) => outputs.get(id) === output).length;
    console.log(`${form}: ${same} of ${answers.length} outputs are the same, word for word`);
    expect(same / answers.length).toBeGreaterThanOrEqual(least);
  });
});
