// Where the values of a buffer are: in host memory, or on a device after a program there has taken it over. Never in both, so that nothing
// is read or written that is out of date: `data` of a buffer on a device throws. Leaves out: moving values (transfer.ts).
import { VideorftError } from '../../base/errors.ts';
import type { Buffer, Data } from './ort.ts';

/** What a buffer's values are held by on a device. */
export interface DeviceTensor {
  dispose(): void;
}

interface Held {
  readonly tensor: DeviceTensor;
  /** Gives its memory back. */
  readonly free: () => void;
}

const held = new WeakMap<Buffer, Held>();

/** Device memory of buffers that nobody holds any more. V8 does not feel its weight: what is large is released by its owner. */
const forgotten = new FinalizationRegistry<Held['free']>((free) => free());

/** The tensor on the device that holds the buffer's values; undefined: they are in host memory. */
export const onDevice = (buffer: Buffer): DeviceTensor | undefined => held.get(buffer)?.tensor;

function refuse(message: string, fix?: string): never {
  throw new VideorftError(message, { code: 'engine-residence', fix });
}

function hide(buffer: Buffer, message: string, fix?: string): void {
  Object.defineProperty(buffer, 'data', { configurable: true, enumerable: true, get: () => refuse(message, fix) });
}

/** From now on `tensor` holds the buffer's values, until `freed`; what held them before is given back. */
export function settle<B extends Buffer>(buffer: B, tensor: DeviceTensor, freed: () => void): B {
  leave(buffer);
  const free = () => {
    tensor.dispose();
    freed();
  };
  held.set(buffer, { tensor, free });
  forgotten.register(buffer, free, buffer);
  hide(
    buffer,
    `the values of a tensor [${buffer.shape}] are on the device`,
    'await toHost([it]), or hostCopies({ it })',
  );
  return buffer;
}

function leave(buffer: Buffer): void {
  held.get(buffer)?.free();
  held.delete(buffer);
  forgotten.unregister(buffer);
}

/** The buffer's values are `data` from now on, in host memory. */
export function bringHome(buffer: Buffer, data: Data): void {
  leave(buffer);
  Object.defineProperty(buffer, 'data', { configurable: true, enumerable: true, writable: true, value: data });
}

/** Gives back the device memory of buffers that are not needed any more. Those in host memory stay as they are. */
export function release(buffers: Iterable<Buffer>): void {
  for (const b of buffers) {
    if (!held.has(b)) continue;
    leave(b);
    hide(b, `a tensor [${b.shape}] was read after its release`);
  }
}
