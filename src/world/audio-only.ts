// The smallest honest mp4 without a picture: one second of a 440 Hz tone as 16-bit samples, boxes written by hand (ISO 14496-12).
// Exists so that "a file with sound only" can be among the planted bad files.

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
/** Big-endian integers of 4 bytes. */
const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4);
  return bytes;
};
const u16 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
};
const box = (type: string, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(body.length + 8), text(type), body]);
};
/** A box with version 0 and these flags. */
const full = (type: string, flags: number, ...content: Buffer[]): Buffer => box(type, u32(flags), ...content);

const rate = 8000;
const unity = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

function tone(): Buffer {
  const bytes = Buffer.alloc(rate * 2);
  for (let i = 0; i < rate; i++) bytes.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / rate)), i * 2);
  return bytes;
}

function soundTrack(offset: number): Buffer {
  const entry = box('sowt', u32(0), u16(0, 1), u32(0, 0), u16(1, 16, 0, 0), u32(rate * 65536));
  const table = box(
    'stbl',
    full('stsd', 0, u32(1), entry),
    full('stts', 0, u32(1, rate, 1)),
    full('stsc', 0, u32(1, 1, rate, 1)),
    full('stsz', 0, u32(2, rate)),
    full('stco', 0, u32(1, offset)),
  );
  const media = box(
    'mdia',
    full('mdhd', 0, u32(0, 0, rate, rate), u16(0x55c4, 0)),
    full('hdlr', 0, u32(0), text('soun'), u32(0, 0, 0), text('sound\0')),
    box('minf', full('smhd', 0, u32(0)), box('dinf', full('dref', 0, u32(1), full('url ', 1))), table),
  );
  const header = full('tkhd', 3, u32(0, 0, 1, 0, 1000, 0, 0), u16(0, 0, 0x100, 0), unity, u32(0, 0));
  return box('trak', header, media);
}

/** Bytes of an mp4 file with one second of sound and no video stream. */
export function audioOnlyMp4(): Uint8Array {
  const head = box('ftyp', text('isom'), u32(512), text('isommp41'));
  const movie = (offset: number) =>
    box(
      'moov',
      full('mvhd', 0, u32(0, 0, 1000, 1000, 0x10000), u16(0x100, 0), u32(0, 0), unity, u32(0, 0, 0, 0, 0, 0, 2)),
      soundTrack(offset),
    );
  const offset = head.length + movie(0).length + 8;
  return Buffer.concat([head, movie(offset), box('mdat', tone())]);
}
