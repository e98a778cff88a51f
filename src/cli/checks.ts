// What `videorft doctor` looks at, one function per check; each native library is tried, not just found.
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { reasonOf, VideorftError } from '../base/errors.ts';
import { compile, input, listDevices, neg, runtimeVersion } from '../engine/index.ts';
import { commonDecoders, decodeImage, encodePng, encodeVideoToBuffer, probe, type RgbPicture } from '../media/index.ts';
import { type ModelSize, modelSize, publishedSizes } from '../models/index.ts';
import { modelFit } from './model-fit.ts';

export type CheckState = 'ok' | 'warn' | 'fail';

export interface CheckResult {
  readonly what: string;
  readonly state: CheckState;
  readonly detail: string;
}

export interface Check {
  readonly what: string;
  run(): Promise<{ readonly state: CheckState; readonly detail: string }>;
}

const gib = (bytes: number) => bytes / 2 ** 30;

/** A grey picture of 32×32 pixels. */
const grey: RgbPicture = { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3).fill(128) };

function same(found: number, expected: number, what: string): void {
  if (Math.abs(found - expected) <= 2) return;
  throw new VideorftError(`${what} came back as ${found} instead of ${expected}`, { code: 'doctor' });
}

async function checkVideo(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'videorft-doctor-'));
  try {
    const file = join(dir, 'grey.mp4');
    await writeFile(file, await encodeVideoToBuffer([grey, grey, grey, grey], { fps: 8 }));
    const info = await probe(file);
    same(info.frameCount, 4, 'the number of frames');
    return 'node-av wrote an H.264 clip and read it back';
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function checkImage(): Promise<string> {
  const frame = await decodeImage(await encodePng(grey));
  same(frame.data[0], 128, 'a grey pixel');
  return 'sharp wrote a PNG and read it back';
}

const tried = (what: string, run: () => Promise<string>): Check => ({
  what,
  run: async () => ({ state: 'ok', detail: await run() }),
});

/** Bundled is not there: the smallest graph is run on it. */
async function checkGpu(): Promise<{ readonly state: CheckState; readonly detail: string }> {
  if (!(await listDevices()).includes('webgpu')) return { state: 'ok', detail: 'not bundled here: the cpu computes' };
  try {
    await (await compile({ y: neg(input('x', [1])) }, [], { device: 'webgpu' })).dispose();
    return {
      state: 'ok',
      detail:
        'webgpu computes (--engine.device webgpu); every kernel has to be started, so it pays most for large models',
    };
  } catch (error) {
    if (!(error instanceof VideorftError) || error.code !== 'engine-device') throw error;
    return {
      state: 'ok',
      detail: 'none can be reached: the cpu computes. A GPU needs its driver with Vulkan, Metal or DirectX 12',
    };
  }
}

async function checkDecoders(): Promise<{ readonly state: CheckState; readonly detail: string }> {
  const { has, lacks } = await commonDecoders();
  const detail =
    lacks.length === 0 ? has.join(', ') : `${has.join(', ')}; missing: ${lacks.join(', ')}, whose videos are set aside`;
  return { state: lacks.length === 0 ? 'ok' : 'warn', detail };
}

const fitCheck = (what: string, size: () => Promise<ModelSize>): Check => ({
  what,
  run: async () => {
    const { fits, detail } = modelFit(await size(), process.availableMemory());
    return { state: fits ? 'ok' : 'warn', detail };
  },
});

/** The folder's model, or what is published. */
const modelChecks = (model: string | undefined): Check[] =>
  model === undefined
    ? Object.entries(publishedSizes()).map(([name, size]) => fitCheck(name, () => Promise.resolve(size)))
    : [fitCheck('model', () => modelSize(model))];

/** The checks; `dir` is where runs would be written, `model` a folder whose use is wanted. */
export function machineChecks(dir: string, model?: string): Check[] {
  return [
    tried('Node', () => Promise.resolve(process.version)),
    tried('ONNX Runtime', async () => `${await runtimeVersion()}, devices: ${(await listDevices()).join(', ')}`),
    { what: 'GPU', run: checkGpu },
    tried('video', checkVideo),
    { what: 'decoders', run: checkDecoders },
    tried('images', checkImage),
    {
      what: 'cores',
      run: async () => ({ state: availableParallelism() < 2 ? 'warn' : 'ok', detail: `${availableParallelism()}` }),
    },
    {
      what: 'memory',
      run: async () => ({
        state: gib(totalmem()) < 6 ? 'warn' : 'ok',
        detail: `${gib(totalmem()).toFixed(1)} GiB, ${gib(process.availableMemory()).toFixed(1)} free (the speedrun takes up to 6)`,
      }),
    },
    ...modelChecks(model),
    {
      what: 'disk',
      run: async () => {
        const { bavail, bsize } = await statfs(dir);
        const free = gib(bavail * bsize);
        return { state: free < 2 ? 'warn' : 'ok', detail: `${free.toFixed(1)} GiB free for runs in ${dir}` };
      },
    },
  ];
}

/** Runs checks one after the other; what one throws is its failure, the others go on. */
export async function runChecks(checks: readonly Check[]): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { what, run } of checks) {
    const { state, detail } = await run().catch((error: unknown) => ({
      state: 'fail' as const,
      detail: reasonOf(error),
    }));
    results.push({ what, state, detail });
  }
  return results;
}
