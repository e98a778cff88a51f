// Writes zip files for tests, right ones and wrong ones: every field of an entry may lie. Leaves out: streaming, comments, encryption itself (only its flag).
import { writeFileSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipInput {
  readonly name: string | Buffer;
  readonly data: Uint8Array;
  readonly stored?: boolean;
  /** Sizes and place as 64-bit numbers in an extra field. */
  readonly zip64?: boolean;
  /** What the headers say in place of the truth. */
  readonly says?: {
    readonly crc32?: number;
    readonly bytes?: number;
    readonly method?: number;
    readonly flags?: number;
  };
  /** As Unix writes it; a link is 0o120777. */
  readonly mode?: number;
}

interface Written {
  readonly name: Buffer;
  readonly head: Buffer;
  readonly extra: Buffer;
  readonly at: number;
  readonly mode: number;
}

/** What local and central header share, from "version needed" to the length of the name. */
function sharedHeader(input: ZipInput, packed: Uint8Array, name: Buffer): Buffer {
  const { data, stored = false, zip64 = false, says = {} } = input;
  const head = Buffer.alloc(24);
  head.writeUInt16LE(zip64 ? 45 : 20, 0);
  head.writeUInt16LE(says.flags ?? 0x800, 2);
  head.writeUInt16LE(says.method ?? (stored ? 0 : 8), 4);
  head.writeUInt32LE(says.crc32 ?? crc32(data), 10);
  head.writeUInt32LE(zip64 ? 0xffffffff : packed.length, 14);
  head.writeUInt32LE(zip64 ? 0xffffffff : (says.bytes ?? data.length), 18);
  head.writeUInt16LE(name.length, 22);
  return head;
}

function zip64Extra(numbers: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * numbers.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * numbers.length, 2);
  for (const [i, value] of numbers.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  return extra;
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const uint16 = (value: number): Buffer => uint32(value).subarray(0, 2);

function central({ name, head, extra, at, mode }: Written, zip64: boolean): Buffer {
  const made = uint16((3 << 8) | 30);
  const lengths = [uint16(extra.length), uint16(0), uint16(0), uint16(0)];
  const place = uint32(zip64 ? 0xffffffff : at);
  return Buffer.concat([uint32(0x02014b50), made, head, ...lengths, uint32((mode << 16) >>> 0), place, name, extra]);
}

function ending(count: number, size: number, at: number, zip64: boolean): Buffer {
  const [counts, sizes] = zip64 ? [0xffff, 0xffffffff] : [count, undefined];
  const plain = Buffer.concat([
    uint32(0x06054b50),
    uint32(0),
    uint16(counts),
    uint16(counts),
    uint32(sizes ?? size),
    uint32(sizes ?? at),
    uint16(0),
  ]);
  if (!zip64) return plain;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  for (const [i, value] of [count, count, size, at].entries()) record.writeBigUInt64LE(BigInt(value), 24 + 8 * i);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, plain]);
}

/** The bytes of a zip with these entries, in order. */
export function zipBytes(inputs: readonly ZipInput[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const input of inputs) {
    const { data, stored = false, zip64 = false, says = {}, mode = 0o100644 } = input;
    const name = Buffer.from(input.name as string);
    const packed = stored ? data : deflateRawSync(data);
    const head = sharedHeader(input, packed, name);
    const sizes = [says.bytes ?? data.length, packed.length];
    const local = zip64 ? zip64Extra(sizes) : Buffer.alloc(0);
    const written = { name, head, extra: zip64 ? zip64Extra([...sizes, at]) : local, at, mode };
    const piece = Buffer.concat([uint32(0x04034b50), head, uint16(local.length), name, local, packed]);
    directory.push(central(written, zip64));
    parts.push(piece);
    at += piece.length;
  }
  const listed = Buffer.concat(directory);
  const zip64 = inputs.some((input) => input.zip64);
  return Buffer.concat([...parts, listed, ending(inputs.length, listed.length, at, zip64)]);
}

export const writeZip = (file: string, inputs: readonly ZipInput[]): void => writeFileSync(file, zipBytes(inputs));
