// Values between host memory and a device, and zeros made there: by the smallest of programs, since the runtime copies only what goes into
// a program or comes out of one (reading a device's tensor directly aborts the process; onnxruntime-node 1.30.0).
import type { DType, Shape } from '../graph.ts';
import { encodeModel } from '../onnx/proto.ts';
import { type Buffer, createBuffer, createProgram, type Device, f32, type Program } from './ort.ts';
import { bringHome, onDevice } from './residence.ts';

const programs = new Map<string, Promise<Program>>();

function cached(key: string, make: () => Promise<Program>): Promise<Program> {
  const known = programs.get(key);
  if (known) return known;
  const made = make();
  programs.set(key, made);
  made.catch(() => programs.delete(key)); // the caller sees the failure; the next one tries anew
  return made;
}

/** x of any shape → the same values in `y`, which stays on the device or comes home. */
const copying = (dtype: DType, device: Device, stays: boolean) =>
  cached(`copy ${dtype} ${device} ${stays}`, () => {
    const model = encodeModel({
      nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
      initializers: [],
      inputs: [{ name: 'x', dtype }],
      outputs: [{ name: 'y', dtype }],
    });
    return createProgram(model, ['y'], { device }, new Set(stays ? ['y'] : []));
  });

/** A scalar and a shape → a tensor of that shape, on the device. */
const filling = (device: Device) =>
  cached(`fill ${device}`, () => {
    const model = encodeModel({
      nodes: [{ op: 'Expand', inputs: ['x', 'shape'], outputs: ['y'] }],
      initializers: [],
      inputs: [
        { name: 'x', dtype: 'f32', shape: [] },
        { name: 'shape', dtype: 'i64' },
      ],
      outputs: [{ name: 'y', dtype: 'f32' }],
    });
    return createProgram(model, ['y'], { device }, new Set(['y']));
  });

/** Moves what is in host memory to the device, where it stays until it is brought home or released. */
export async function toDevice(buffers: Iterable<Buffer>, device: Device): Promise<void> {
  for (const b of buffers) {
    if (device === 'cpu' || onDevice(b)) continue;
    const program = await copying(b.dtype, device, true);
    await program.run({ x: b }, { y: b });
  }
}

/** The buffers with their values in host memory: themselves where they are there already, copies of those on a device. */
export async function hostCopies<K extends string>(buffers: Readonly<Record<K, Buffer>>): Promise<Record<K, Buffer>> {
  const out = {} as Record<K, Buffer>;
  for (const name of Object.keys(buffers) as K[]) out[name] = await hostCopy(buffers[name]);
  return out;
}

async function hostCopy(b: Buffer): Promise<Buffer> {
  return onDevice(b) ? (await (await copying(b.dtype, 'webgpu', false)).run({ x: b })).y : b;
}

/** Moves the values of the buffers into host memory, where `data` can be read and written. */
export async function toHost(buffers: Iterable<Buffer>): Promise<void> {
  for (const b of buffers) if (onDevice(b)) bringHome(b, (await hostCopy(b)).data);
}

/** Sets f32 tensors to zero, wherever they are. */
export async function clear(buffers: Iterable<Buffer>): Promise<void> {
  for (const b of buffers) {
    if (onDevice(b)) await fill(b, 'webgpu');
    else (b.data as Float32Array).fill(0);
  }
}

/** An f32 tensor of zeros where `device` computes. */
export async function zeroBuffer(shape: Shape, device: Device): Promise<Buffer> {
  if (device === 'cpu') return createBuffer('f32', shape);
  const b = f32(new Float32Array(), shape);
  await fill(b, device);
  return b;
}

async function fill(b: Buffer, device: Device): Promise<void> {
  const shape: Buffer = { dtype: 'i64', shape: [b.shape.length], data: BigInt64Array.from(b.shape, BigInt) };
  await (await filling(device)).run({ x: f32(new Float32Array(1), []), shape }, { y: b });
}
