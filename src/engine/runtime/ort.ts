// The only file that touches onnxruntime-node. Programs are compiled once and run with buffers that the caller owns;
// an output may be written into the buffer of an input (check.ts has proven that this is safe before we come here). Where a device keeps
// what it computes, the output takes the place of the buffer's values there (residence.ts).
import { VideorftError } from '../../base/errors.ts';
import type { DType, Shape } from '../graph.ts';
import { sizeOf } from '../graph.ts';
import { encodeModel } from '../onnx/proto.ts';
import { type DeviceTensor, onDevice, settle } from './residence.ts';

export type Device = 'cpu' | 'webgpu';

export type Data = Float32Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array;

/** A tensor, row-major, owned by us. f16 and bf16 are held as their 16 bits, bool as 0/1. `data` throws while the values are on a device. */
export interface Buffer {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Data;
}

const [f16, bf16] = [Uint16Array, Uint16Array];
const arrays = { f32: Float32Array, f16, bf16, i32: Int32Array, i64: BigInt64Array, bool: Uint8Array } as const;
const ortTypes = { f32: 'float32', f16: 'float16', bf16: 'uint16', i32: 'int32', i64: 'int64', bool: 'bool' } as const;
const ourTypes = Object.fromEntries(Object.entries(ortTypes).map(([ours, theirs]) => [theirs, ours as DType]));

export function createBuffer(dtype: DType, shape: Shape): Buffer {
  return { dtype, shape, data: new arrays[dtype](sizeOf(shape)) };
}
export function f32(data: Float32Array, shape: Shape): Buffer {
  return { dtype: 'f32', shape, data };
}
export function i32(data: Int32Array | readonly number[], shape: Shape): Buffer {
  return { dtype: 'i32', shape, data: data instanceof Int32Array ? data : Int32Array.from(data) };
}

/** Bytes of a tensor's values, wherever they are. */
export const bytesOf = ({ dtype, shape }: { readonly dtype: DType; readonly shape: Shape }): number =>
  sizeOf(shape) * arrays[dtype].BYTES_PER_ELEMENT;

interface OrtTensor extends DeviceTensor {
  type: string;
  readonly dims: readonly number[];
  readonly data: Data;
}
interface OrtSession {
  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor | null>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
  endProfiling(): void;
}
interface Ort {
  InferenceSession: { create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtSession> };
  Tensor: new (type: string, data: Data, dims: readonly number[]) => OrtTensor;
  listSupportedBackends(): { name: string; bundled: boolean }[];
  env: { versions: Record<string, string> };
}

let loading: Promise<Ort> | undefined;
const load = (): Promise<Ort> => {
  loading ??= import('onnxruntime-node') as unknown as Promise<Ort>;
  return loading;
};

export async function runtimeVersion(): Promise<string> {
  return (await load()).env.versions.node;
}

export async function listDevices(): Promise<string[]> {
  return (await load())
    .listSupportedBackends()
    .filter((b) => b.bundled)
    .map((b) => b.name);
}

export interface SessionOptions {
  readonly device?: Device;
  /** Threads inside one operation; default: all cores. */
  readonly threads?: number;
  /** Path prefix of a trace: when the program is disposed of, ONNX Runtime writes PREFIX_<time>.json with the time of every kernel. */
  readonly profile?: string;
  /** One of many programs that are run in turn: it keeps neither the memory of its largest run nor its threads awake for the next. */
  readonly oneOfMany?: boolean;
}

/** Bytes that have gone from host memory to a device, and back. */
export const traffic = { sent: 0, received: 0 };

export interface Program {
  /** Runs once. `into` names outputs that are written into given buffers; all others come back in fresh ones. */
  run(
    feeds: Readonly<Record<string, Buffer>>,
    into?: Readonly<Record<string, Buffer>>,
  ): Promise<Record<string, Buffer>>;
  dispose(): Promise<void>;
}

const wrapped = new WeakMap<Buffer, OrtTensor>();

async function createSession(
  model: Uint8Array,
  { device = 'cpu', threads, profile, oneOfMany = false }: SessionOptions,
  preferredOutputLocation?: Record<string, string>,
): Promise<OrtSession> {
  const ort = await load();
  const devices = await listDevices();
  if (!devices.includes(device)) {
    throw new VideorftError(`device "${device}" is not available here`, {
      code: 'engine-device',
      facts: { available: devices.join(', ') },
      fix: 'choose one of the available devices',
    });
  }
  const options = {
    executionProviders: [device],
    enableMemPattern: false,
    enableCpuMemArena: !oneOfMany,
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    logSeverityLevel: 3,
    ...(preferredOutputLocation ? { preferredOutputLocation } : {}),
    ...(threads ? { intraOpNumThreads: threads } : {}),
    ...(oneOfMany ? { extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '50' } } } } : {}),
    ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
  };
  try {
    return await ort.InferenceSession.create(model, options);
  } catch (cause) {
    if (device !== 'cpu') await requireDevice(ort, device, devices);
    throw new VideorftError(`ONNX Runtime refused the graph on device "${device}"`, {
      code: 'engine-session',
      cause,
    });
  }
}

/** x → −x on one number: what any working device can run. */
const smallest = () =>
  encodeModel({
    nodes: [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }],
    initializers: [],
    inputs: [{ name: 'x', dtype: 'f32', shape: [1] }],
    outputs: [{ name: 'y', dtype: 'f32', shape: [1] }],
  });

/** A provider may be bundled without its device being there. Throws engine-device when even the smallest graph is refused. */
async function requireDevice(ort: Ort, device: Device, bundled: readonly string[]): Promise<void> {
  try {
    await (await ort.InferenceSession.create(smallest(), { executionProviders: [device] })).release();
  } catch (cause) {
    throw new VideorftError(`device "${device}" is not available here`, {
      code: 'engine-device',
      facts: { available: bundled.filter((d) => d !== device).join(', ') },
      fix: 'check that the machine has a GPU with a driver that the device can reach, or use the device cpu',
      cause,
    });
  }
}

/** Compiles a serialized model whose outputs are called `outputs`. Those of `kept` stay on the device where it has memory of its own. */
export async function createProgram(
  model: Uint8Array,
  outputs: readonly string[],
  options: SessionOptions = {},
  kept: ReadonlySet<string> = new Set(),
): Promise<Program> {
  const ort = await load();
  const host = (options.device ?? 'cpu') === 'cpu';
  const session = await createSession(model, options, host ? undefined : locations(outputs, kept));
  const owner = new TensorOwner(session, options.profile !== undefined);
  return {
    async run(feeds, into = {}) {
      const fetches: Record<string, OrtTensor | null> = {};
      const tensorOf = (b: Buffer) => (host ? undefined : (onDevice(b) as OrtTensor | undefined)) ?? wrap(ort, b);
      for (const name of outputs) fetches[name] = host && into[name] ? wrap(ort, into[name]) : null;
      const tensors = Object.fromEntries(Object.entries(feeds).map(([name, b]) => [name, tensorOf(b)]));
      if (host) {
        const results = await session.run(tensors, fetches);
        return Object.fromEntries(outputs.map((name) => [name, into[name] ?? unwrap(results[name])]));
      }
      inUse.add(feeds);
      try {
        const results = await session.run(tensors, fetches).catch(nameMissingF16);
        for (const b of Object.values(feeds)) if (!onDevice(b)) traffic.sent += bytesOf(b);
        return Object.fromEntries(
          outputs.map((name) => [
            name,
            kept.has(name) ? owner.keep(results[name], into[name]) : arrives(results[name]),
          ]),
        );
      } finally {
        inUse.delete(feeds);
      }
    },
    dispose: () => owner.close(),
  };
}

/** What runs read: a buffer that its owner has let go of must not lose its device memory before the run ends. */
const inUse = new Set<object>();

const locations = (outputs: readonly string[], kept: ReadonlySet<string>) =>
  Object.fromEntries(outputs.map((name) => [name, kept.has(name) ? 'gpu-buffer' : 'cpu']));

/** f16 is an extension of WebGPU; that a driver lacks it shows when the first kernel needs it. */
function nameMissingF16(cause: Error): never {
  if (!cause.message.includes('requires f16 but the device does not support it')) throw cause;
  throw new VideorftError('the GPU cannot compute with f16: its driver lacks the extension shader-f16', {
    code: 'engine-device',
    fix: 'hold the weights as f32 (dtype f32), or use the device cpu',
    cause,
  });
}

/** A tensor over the values in host memory. */
function wrap(ort: Ort, b: Buffer): OrtTensor {
  let t = wrapped.get(b);
  if (!t) {
    // Node's Float16Array is unknown to the native side: halves travel as the 16-bit integers that they are held in.
    t = new ort.Tensor(b.dtype === 'f16' ? 'uint16' : ortTypes[b.dtype], b.data, b.shape);
    if (b.dtype === 'f16') t.type = 'float16';
    wrapped.set(b, t);
  }
  return t;
}

/**
 * A session, which lives as long as its tensors on the device: freed after it, they reach into memory of the session that is not there any more
 * and may kill the process (onnxruntime-node 1.30.0).
 */
class TensorOwner {
  private readonly session: OrtSession;
  private readonly profiled: boolean;
  private tensors = 0;
  private closed = false;

  constructor(session: OrtSession, profiled: boolean) {
    this.session = session;
    this.profiled = profiled;
  }

  /** The buffer of an output that stays on the device: `into`, or a new one. */
  keep(t: OrtTensor, into: Buffer | undefined): Buffer {
    const buffer = into ?? { dtype: ourTypes[t.type], shape: t.dims, data: new Uint8Array() };
    wrapped.delete(buffer);
    this.tensors++;
    return settle(buffer, t, () => {
      this.tensors--;
      if (this.closed && this.tensors === 0) void this.session.release();
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    if (this.tensors === 0) await this.session.release();
    else if (this.profiled) this.session.endProfiling();
  }
}

function arrives(t: OrtTensor): Buffer {
  const buffer = unwrap(t);
  traffic.received += bytesOf(buffer);
  return buffer;
}

function unwrap(t: OrtTensor): Buffer {
  const { buffer, byteOffset, length } = t.data;
  const data = t.type === 'float16' ? new Uint16Array(buffer, byteOffset, length) : t.data;
  return { dtype: ourTypes[t.type], shape: t.dims, data };
}
