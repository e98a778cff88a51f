// The remote backend against a real SkyRL server (its jax backend, CPU): GRPO on text with a tiny random Qwen3 made on the spot, the server
// killed and started again on the way; the reward must rise. Ends with status 0 and a reason where the server is not there.
//
// Run it: SKYRL_DIR=checkout SKYRL_VENV=environment node test/interop/skyrl.ts
//   checkout: NovaSky-AI/SkyRL; environment: a venv with uv, jax, flax, optax, torch (CPU will do), transformers, datasets, peft, fastapi[standard],
//   sqlmodel, sqlalchemy[asyncio], aiosqlite, asyncpg, psycopg2-binary, tinker<=0.24.1, cloudpathlib, zstandard, xxhash, hf_transfer, rich, typer.
//   SkyRL's own lock file asks for torch from an index of its own; `uv run --no-sync` takes the environment as it is. Python 3.12 or newer, or
//   TypedDict of skyrl/tinker/types.py taken from typing_extensions.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Prompt } from '../../src/backends/port.ts';
import { TinkerBackend } from '../../src/backends/tinker/index.ts';
import type { Normalization } from '../../src/backends/tinker/losses.ts';
import { VideorftError } from '../../src/base/errors.ts';
import { mean } from '../../src/base/numbers.ts';
import { createRng } from '../../src/base/rng.ts';
import { fromFloat32, openSafetensors, writeSafetensors } from '../../src/base/safetensors.ts';
import { loadPromptCoder } from '../../src/models/prompt-coder.ts';
import type { RewardScorer } from '../../src/rewards/index.ts';
import { openRun, readRun } from '../../src/runs/index.ts';
import { type GrpoConfig, trainGrpo } from '../../src/train/grpo.ts';
import { resumeTraining, runSink } from '../../src/train/run-sink.ts';
import { freePort } from '../support/free-port.ts';
import { tinyCoder } from '../support/tinker-server/index.ts';
import { tinyPrompt, tinySample, tinyTokenizer } from '../support/tiny-model.ts';

const { SKYRL_DIR: checkout, SKYRL_VENV: venv, STEPS = '16' } = process.env;
if (!checkout || !venv || !existsSync(join(checkout, 'skyrl/tinker/api.py'))) {
  console.log('skipped: no SkyRL (set SKYRL_DIR to a checkout and SKYRL_VENV to its environment)');
  process.exit(0);
}

const work = mkdtempSync(join(tmpdir(), 'skyrl-'));
const model = join(work, 'model');
const steps = Number(STEPS);

/** A Qwen3 of random weights with our tiny tokenizer. */
async function makeModel(): Promise<void> {
  const [vocab, hidden, inner, layers, heads, kv, dim] = [288, 64, 96, 2, 4, 2, 16];
  const tokens = tinyTokenizer();
  await mkdir(model, { recursive: true });
  await tokens.saveFiles(model);
  const config = {
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    vocab_size: vocab,
    hidden_size: hidden,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kv,
    head_dim: dim,
    hidden_act: 'silu',
    max_position_embeddings: 1024,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    tie_word_embeddings: false,
    attention_bias: false,
    torch_dtype: 'float32',
    eos_token_id: tokens.idOf('<|im_end|>'),
    bos_token_id: tokens.idOf('<|endoftext|>'),
  };
  await writeFile(join(model, 'config.json'), JSON.stringify(config, null, 2));
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [vocab, hidden],
    'model.norm.weight': [hidden],
    'lm_head.weight': [vocab, hidden],
  };
  for (let l = 0; l < layers; l++) {
    const at = `model.layers.${l}`;
    for (const [name, width] of [
      ['q', heads],
      ['k', kv],
      ['v', kv],
    ] as const)
      shapes[`${at}.self_attn.${name}_proj.weight`] = [width * dim, hidden];
    shapes[`${at}.self_attn.o_proj.weight`] = [hidden, heads * dim];
    for (const name of ['q', 'k']) shapes[`${at}.self_attn.${name}_norm.weight`] = [dim];
    for (const name of ['gate', 'up']) shapes[`${at}.mlp.${name}_proj.weight`] = [inner, hidden];
    shapes[`${at}.mlp.down_proj.weight`] = [hidden, inner];
    for (const name of ['input', 'post_attention']) shapes[`${at}.${name}_layernorm.weight`] = [hidden];
  }
  const rng = createRng(1);
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const scale = 1 / Math.sqrt(shape[1] ?? 1);
    const data = Float32Array.from({ length: size }, () => (shape.length === 1 ? 1 : rng.normal() * scale));
    return [name, fromFloat32(data, shape, 'F32')] as const;
  });
  await writeSafetensors(join(model, 'model.safetensors'), Object.fromEntries(tensors), { format: 'pt' });
}

let server: ChildProcess | undefined;
const logFile = openSync(join(work, 'server.log'), 'a');

/** Started through uv: SkyRL reads its parent's command line to start its engine. */
async function startServer(port: number): Promise<void> {
  const began = Date.now();
  server = spawn(
    join(venv as string, 'bin/uv'),
    [
      ...['run', '--no-sync', '--extra', 'tinker', '--extra', 'jax', '-m', 'skyrl.tinker.api'],
      ...['--base-model', model, '--backend-config', '{"max_lora_adapters":4,"max_lora_rank":8}'],
      ...['--host', '127.0.0.1', '--port', String(port)],
      ...['--database-url', `sqlite:///${join(work, 'tinker.db')}`, '--checkpoints-base', join(work, 'checkpoints')],
    ],
    {
      cwd: checkout,
      detached: true,
      stdio: ['ignore', logFile, logFile],
      env: {
        ...process.env,
        PATH: `${join(venv as string, 'bin')}:${process.env.PATH}`,
        UV_PROJECT_ENVIRONMENT: venv,
        UV_OFFLINE: '1',
        JAX_PLATFORMS: 'cpu',
      },
    },
  );
  const url = `http://127.0.0.1:${port}/api/v1/healthz`;
  for (;;) {
    const up = await fetch(url).then(
      (r) => r.ok,
      () => false,
    );
    if (up) break;
    if (server.exitCode !== null) throw new Error(`the server ended; see ${join(work, 'server.log')}`);
    await delay(500);
  }
  console.log(`server up after ${((Date.now() - began) / 1000).toFixed(0)} s`);
}

/** The server and its engine, at once: they are a process group. */
async function killServer(): Promise<void> {
  if (server?.pid === undefined) return;
  const ended = new Promise((done) => server?.once('exit', done));
  process.kill(-server.pid, 'SIGKILL');
  await ended;
}

const config: GrpoConfig = {
  questions: 4,
  groupSize: 8,
  steps,
  learningRate: 1e-2,
  schedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0,
  maxGradNorm: 1e3,
  temperature: 1,
  topP: 1,
  maxTokens: 16,
  clipLow: 0.2,
  clipHigh: 0.2,
  beta: 0.01,
  updatesPerBatch: 1,
  std: 'unbiased',
  saveEvery: 4,
  rolloutEvery: steps,
  seed: 3,
};

/** The share of a completion's characters that are vowels: something a model that knows nothing can learn. */
const vowels: RewardScorer = {
  scoreBatch: async (groups) =>
    groups.map(({ completions_G }) => ({
      ok: true,
      scores_G: completions_G.map(({ text }) => {
        const total = (text.match(/[aeiou]/gi) ?? []).length / Math.max(1, text.length);
        return { format: 0, accuracy: total, semantic: null, lengthBonus: 0, total, reasons: [], span: null };
      }),
    })),
};

const samples = [0, 1, 2, 3, 4, 5, 6, 7].map((id) => tinySample(id));
const textPrompt = async (sample: (typeof samples)[number]): Promise<Prompt> => ({
  id: String(sample.problem_id),
  messages: [{ role: 'user', content: sample.problem }],
});

interface Row {
  readonly step: number;
  readonly reward: number;
  readonly kl: number;
  readonly logprobGap: number;
  readonly gradNorm: number;
}

let known: Normalization | 'probe' = 'probe';

async function train(url: string, onStep: (row: Row) => Promise<void>): Promise<Row[]> {
  const run = await openRun(join(work, 'run'), { command: 'grpo', config, versions: {} });
  const coder = await loadPromptCoder(model);
  const backend = await TinkerBackend.connect({ url, coder, rank: 8, normalization: known, patienceMs: 20_000 });
  known = backend.normalization;
  console.log(`connected: ${backend.normalization}`);
  try {
    const start = await resumeTraining(run, backend);
    console.log(`from step ${start.startStep}`);
    if (start.fresh) await backend.setReference();
    const sink = runSink(run);
    const told = {
      ...sink,
      metrics: async (row: Parameters<typeof sink.metrics>[0]) => {
        await sink.metrics(row);
        await onStep(row as unknown as Row);
      },
    };
    await trainGrpo(backend, samples, textPrompt, vowels, config, told, start);
    return (await run.metrics.all()) as unknown as Row[];
  } finally {
    await backend.close();
    run.close();
  }
}

/** A prompt with a picture must be refused: the jax backend drops it without a word. */
async function checkImages(url: string): Promise<void> {
  const options = { url, coder: tinyCoder(), rank: 8, normalization: 'mean', patienceMs: 60_000 } as const;
  const backend = await TinkerBackend.connect(options);
  const refused = await backend
    .sample([tinyPrompt(tinySample(3))], { numSamples: 1, maxTokens: 4, temperature: 1, seed: 1 })
    .then(
      () => 'nothing',
      (error: unknown) => (error instanceof VideorftError ? error.code : String(error)),
    );
  await backend.close();
  console.log(`a picture: ${refused}`);
  if (refused !== 'tinker-images') throw new Error('the server took a picture');
}

try {
  await makeModel();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await startServer(port);
  await checkImages(url);
  const print = ({ step, reward, kl, logprobGap, gradNorm }: Row) =>
    console.log(
      `step ${step} reward ${reward.toFixed(4)} kl ${kl.toFixed(4)} gap ${logprobGap.toExponential(1)} norm ${gradNorm.toFixed(3)}`,
    );
  const half = steps >> 1;
  const first = await train(url, async (row) => {
    print(row);
    if (row.step === half) await killServer();
  }).then(
    () => 'nothing',
    (error: unknown) => (error instanceof VideorftError ? error.code : String(error)),
  );
  console.log(`the server was killed after step ${half}: ${first}`);
  await startServer(port);
  const rows = await train(url, async (row) => print(row));
  const [before, after] = [rows.slice(0, 4), rows.slice(-4)].map((part) => mean(part.map((row) => row.reward)));
  const gap = Math.max(...rows.map((row) => row.logprobGap));
  console.log(
    `reward ${before.toFixed(4)} -> ${after.toFixed(4)} (means of 4 steps), largest gap ${gap.toExponential(1)}`,
  );
  const { checkpoint } = await (await readRun(join(work, 'run'))).checkpoints.latestComplete();
  const adapter = JSON.parse(await readFile(join(checkpoint?.dir ?? '', 'adapter_config.json'), 'utf8'));
  const file = await openSafetensors(join(checkpoint?.dir ?? '', 'adapter_model.safetensors'));
  console.log(`adapter of rank ${adapter.r}: ${file.names.length} tensors`);
  await file.close();
  if (rows.length !== steps || !(after > before + 0.1) || !(gap < 0.01)) throw new Error('not what was expected');
  console.log('ok');
} finally {
  await killServer();
}
