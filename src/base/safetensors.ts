// safetensors files: header and tensors as views without copying, one tensor of a large file, and writing.
// Format: u64 little-endian header length, JSON header, tensor bytes (huggingface/safetensors README, "Format").
// Leaves out: dtypes beyond the six below; sharded models (an index over several such files).
import { open } from 'node:fs/promises';
import { writeFileAtomic } from './atomic.ts';
import { VideorftError } from './errors.ts';
import { bf16ToF16, bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from './half.ts';

const arrays = {
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;

export type SafeDType = keyof typeof arrays;
export type SafeData = Float32Array | Uint16Array | BigInt64Array | Int32Array | Uint8Array;

export interface SafeTensor {
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
  /** Row-major; F16 and BF16 as their bits. */
  readonly data: SafeData;
}

export interface SafeTensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, SafeTensor>;
}

interface Entry {
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

interface Header {
  readonly metadata: Record<string, string>;
  readonly entries: Map<string, Entry>;
  /** Byte offset of the tensor data in the file. */
  readonly dataStart: number;
}

function broken(file: string, message: string, tensor?: string): VideorftError {
  return new VideorftError(`not a readable safetensors file: ${message}`, {
    code: 'safetensors',
    facts: { file, tensor },
    fix: 'copy or download the file again',
  });
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function parseEntry(file: string, name: string, raw: unknown, dataLength: number): Entry {
  const { dtype, shape, data_offsets: offsets } = (raw ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !(dtype in arrays))
    throw broken(file, `dtype ${String(dtype)} is not supported`, name);
  const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isCount)) throw broken(file, 'the shape is not a list of sizes', name);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw broken(file, 'no data_offsets', name);
  const [begin, end] = offsets as [number, number];
  const bytes = sizeOf(shape as number[]) * arrays[dtype as SafeDType].BYTES_PER_ELEMENT;
  if (end - begin !== bytes) throw broken(file, `${end - begin} bytes where shape [${shape}] needs ${bytes}`, name);
  if (end > dataLength) throw broken(file, `the file ends ${end - dataLength} bytes too early`, name);
  return { dtype: dtype as SafeDType, shape: shape as number[], begin, end };
}

/** `head`: the file's first bytes, at least the whole header; `fileSize`: of the whole file. */
function parseHeader(file: string, head: Uint8Array, fileSize: number): Header {
  const length = headerLength(file, head, fileSize);
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(new TextDecoder().decode(head.subarray(8, 8 + length))) as Record<string, unknown>;
  } catch {
    throw broken(file, 'the header is not JSON');
  }
  const dataStart = 8 + length;
  const { __metadata__: metadata = {}, ...rest } = json;
  const entries = new Map<string, Entry>();
  for (const [name, raw] of Object.entries(rest)) entries.set(name, parseEntry(file, name, raw, fileSize - dataStart));
  return { metadata: metadata as Record<string, string>, entries, dataStart };
}

function headerLength(file: string, head: Uint8Array, fileSize: number): number {
  if (head.length < 8) throw broken(file, `only ${head.length} bytes`);
  const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
  if (8 + length > fileSize) throw broken(file, `the header claims ${length} bytes of a file of ${fileSize}`);
  return length;
}

/** A view of the entry's bytes; copied only where their position is not a multiple of the element size. */
function viewOf({ dtype, shape }: Entry, bytes: Uint8Array): SafeTensor {
  const Data = arrays[dtype];
  const aligned = bytes.byteOffset % Data.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  const data = new Data(aligned.buffer as ArrayBuffer, aligned.byteOffset, sizeOf(shape));
  return { dtype, shape, data };
}

/** Tensors of a file's bytes, sharing their memory. `file` is only named in errors (code 'safetensors'). */
export function parseSafetensors(bytes: Uint8Array, file = '(bytes)'): SafeTensors {
  const { metadata, entries, dataStart } = parseHeader(file, bytes, bytes.length);
  const tensors = new Map<string, SafeTensor>();
  for (const [name, entry] of entries) {
    tensors.set(name, viewOf(entry, bytes.subarray(dataStart + entry.begin, dataStart + entry.end)));
  }
  return { metadata, tensors };
}

export interface SafetensorsReader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  shape(name: string): readonly number[];
  /** Reads one tensor from disk. Throws code 'safetensors' if there is none of that name. */
  read(name: string): Promise<SafeTensor>;
  /**
   * Reads one tensor in pieces of whole rows, some MB at a time, without ever holding it: `take` gets each in order, in memory that the next
   * piece reuses. The next is read while one is taken.
   */
  pieces(name: string, take: (piece: SafeTensor) => void): Promise<void>;
  close(): Promise<void>;
}

/** Bytes of a piece, unless a row is longer. */
const PIECE = 2 ** 22;

/** [start, end) in bytes of pieces of whole rows (of the last axis). */
function pieceBounds({ dtype, shape, begin, end }: Entry): [number, number][] {
  const row = Math.max(1, shape.at(-1) ?? 1) * arrays[dtype].BYTES_PER_ELEMENT;
  const size = Math.max(1, Math.floor(PIECE / row)) * row;
  const count = Math.ceil((end - begin) / size);
  return Array.from({ length: count }, (_, i) => [begin + i * size, Math.min(end, begin + (i + 1) * size)]);
}

/** Opens a file and reads only its header: for weights larger than what should be in memory at once. */
export async function openSafetensors(file: string): Promise<SafetensorsReader> {
  const handle = await open(file, 'r');
  const read = async (from: number, length: number, bytes = new Uint8Array(length)) => {
    let done = 0;
    while (done < length) {
      // One read system call moves at most 2 GiB.
      const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 2 ** 30), from + done);
      if (bytesRead === 0) throw broken(file, `the file ends ${length - done} bytes too early`);
      done += bytesRead;
    }
    return bytes;
  };
  try {
    const { size } = await handle.stat();
    const length = headerLength(file, await read(0, Math.min(8, size)), size);
    const { metadata, entries, dataStart } = parseHeader(file, await read(0, 8 + length), size);
    const entryOf = (name: string): Entry => {
      const entry = entries.get(name);
      if (!entry) throw broken(file, 'there is no such tensor', name);
      return entry;
    };
    return {
      metadata,
      names: [...entries.keys()],
      shape: (name) => entryOf(name).shape,
      read: async (name) => {
        const entry = entryOf(name);
        return viewOf(entry, await read(dataStart + entry.begin, entry.end - entry.begin));
      },
      pieces: async (name, take) => {
        const entry = entryOf(name);
        const bounds = pieceBounds(entry);
        const longest = Math.max(0, ...bounds.map(([from, to]) => to - from));
        const memory = [new Uint8Array(longest), new Uint8Array(bounds.length > 1 ? longest : 0)];
        const start = async (i: number) => {
          const [from, to] = bounds[i];
          return read(dataStart + from, to - from, memory[i % 2].subarray(0, to - from));
        };
        let next = bounds.length > 0 ? start(0) : undefined;
        for (let i = 0; next; i++) {
          const bytes = await next;
          next = i + 1 < bounds.length ? start(i + 1) : undefined;
          try {
            take(viewOf({ ...entry, shape: [bytes.length / arrays[entry.dtype].BYTES_PER_ELEMENT] }, bytes));
          } catch (error) {
            await next?.catch(() => {}); // it is being written into our memory
            throw error;
          }
        }
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads a whole file. Throws code 'safetensors' naming file and tensor if it is misshapen or cut short. */
export async function readSafetensors(file: string): Promise<SafeTensors> {
  const reader = await openSafetensors(file);
  try {
    const tensors = new Map<string, SafeTensor>();
    for (const name of reader.names) tensors.set(name, await reader.read(name));
    return { metadata: reader.metadata, tensors };
  } finally {
    await reader.close();
  }
}

/**
 * The file's bytes as pieces: length and header, then each tensor in the given order. The header is padded with spaces
 * so that the data begin at a multiple of 8; I64 tensors come first, bytes last, so that every tensor is aligned.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor> | Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const given: [string, SafeTensor][] = tensors instanceof Map ? [...tensors] : Object.entries(tensors);
  const list = given.sort(([, a], [, b]) => arrays[b.dtype].BYTES_PER_ELEMENT - arrays[a.dtype].BYTES_PER_ELEMENT);
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of list) {
    if (data.length !== sizeOf(shape) || !(data instanceof arrays[dtype])) {
      throw new VideorftError(`tensor ${name} does not fit its shape and dtype`, {
        code: 'safetensors',
        facts: { tensor: name, dtype, shape: `[${shape}]`, elements: data.length },
      });
    }
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
    pieces.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(text, 8);
  return [head, ...pieces];
}

/** Writes a file atomically. Throws code 'safetensors' if a tensor does not fit its shape. */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, SafeTensor> | Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(file, ...encodeSafetensors(tensors, metadata));
}

/** A tensor's values as f32: converted for F16 and BF16, into `out` where given; else the same memory for F32. Integers are refused. */
export function toFloat32({ dtype, data }: SafeTensor, out?: Float32Array): Float32Array {
  if (data instanceof Float32Array) {
    if (!out) return data;
    out.set(data);
    return out;
  }
  if (dtype === 'F16') return f16ToF32(data as Uint16Array, out);
  if (dtype === 'BF16') return bf16ToF32(data as Uint16Array, out);
  throw new VideorftError(`a ${dtype} tensor holds no floating-point values`, {
    code: 'safetensors',
    facts: { dtype },
  });
}

/** A tensor's values as f16 bits, into `out`; beyond ±65,504 they become infinities. Integers are refused. */
export function toFloat16(tensor: SafeTensor, out: Uint16Array): Uint16Array {
  if (tensor.dtype === 'BF16') return bf16ToF16(tensor.data as Uint16Array, out);
  if (tensor.dtype !== 'F16') return f32ToF16(toFloat32(tensor), out);
  out.set(tensor.data as Uint16Array);
  return out;
}

/** A tensor's values as bf16 bits, into `out`. Integers are refused. */
export function toBfloat16(tensor: SafeTensor, out: Uint16Array): Uint16Array {
  if (tensor.dtype !== 'BF16') return f32ToBf16(toFloat32(tensor), out);
  out.set(tensor.data as Uint16Array);
  return out;
}

/** f32 values as a tensor of the given floating-point dtype (F32 shares the memory). */
export function fromFloat32(data: Float32Array, shape: readonly number[], dtype: 'F32' | 'F16' | 'BF16'): SafeTensor {
  if (dtype === 'F32') return { dtype, shape, data };
  return { dtype, shape, data: dtype === 'F16' ? f32ToF16(data) : f32ToBf16(data) };
}
