// Media files that trouble a reader, made here: whole and odd ones that must be taken, and broken ones that must be told apart.
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { encodeVideo } from '../../src/media/encode.ts';
import { encodeJpeg, encodePng } from '../../src/media/image.ts';
import { audioOnlyMp4 } from '../../src/world/audio-only.ts';
import { movingSquare } from './media.ts';

type At = (name: string) => string;

/** Start of the box of this type in an mp4. */
export const boxAt = (bytes: Buffer, type: string) => bytes.indexOf(type, 0, 'latin1') - 4;

/**
 * Files that are unusual and sound: one frame, a variable rate, turned by metadata, another container, a picture; and an mp4 whose
 * headers claim ten hours, for what plays is its table of sample times, which says four seconds.
 */
export async function writeOddMedia(at: At): Promise<void> {
  await encodeVideo(at('plain.mp4'), movingSquare(32), { fps: 8 });
  await encodeVideo(at('one-frame.mp4'), movingSquare(1), { fps: 8 });
  await rewrap(at('plain.mp4'), at('variable-rate.mp4'), (stamp, half) =>
    stamp > half ? 3n * stamp - 2n * half : stamp,
  );
  await rewrap(at('plain.mp4'), at('plain.mkv'), (stamp) => stamp);
  await encodeVideo(at('wide.mp4'), movingSquare(4, 96, 64), { fps: 8 });
  const turned = await readFile(at('wide.mp4'));
  const matrix = boxAt(turned, 'tkhd') + 8 + 40;
  for (const [i, v] of [0, 65536, 0, -65536, 0].entries()) turned.writeInt32BE(v, matrix + i * 4);
  await writeFile(at('rotated.mp4'), turned);
  await writeFile(at('ten-hours.mp4'), tenHoursOfMp4(await readFile(at('plain.mp4'))));
  await writeFile(at('picture.png'), await encodePng(movingSquare(1)[0]));
}

/** Files that must not be taken, by the bin that each belongs into. Needs writeOddMedia's. */
export async function writePoisonedMedia(at: At): Promise<Readonly<Record<string, string>>> {
  const plain = await readFile(at('plain.mp4'));
  const mkv = await readFile(at('plain.mkv'));
  await writeFile(at('zero-bytes.mp4'), '');
  await writeFile(at('truncated.mp4'), plain.subarray(0, Math.floor(plain.length * 0.6)));
  await writeFile(at('truncated.mkv'), mkv.subarray(0, Math.floor(mkv.length * 0.5)));
  await writeFile(at('damaged-end.mp4'), zeroed(plain, 0.3));
  await writeFile(at('sound-only.mp4'), await audioOnlyMp4());
  await writeFile(at('ten-hours.mkv'), tenHoursOfMatroska(mkv));
  await writeFile(at('huge.png'), hugePng(await readFile(at('picture.png'))));
  await writeFile(at('huge.avi'), await hugeAvi());
  await writeFile(at('text.mp4'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n');
  await symlink('loop.mp4', at('loop.mp4'));
  return {
    'zero-bytes.mp4': 'media-empty',
    'truncated.mp4': 'media-truncated',
    'truncated.mkv': 'media-truncated',
    'damaged-end.mp4': 'media-decode',
    'sound-only.mp4': 'media-no-video-stream',
    'ten-hours.mkv': 'media-duration',
    'huge.png': 'media-too-large',
    'huge.avi': 'media-too-large',
    'text.mp4': 'media-not-video',
    'loop.mp4': 'media-missing',
    'absent.mp4': 'media-missing',
    '../outside.mp4': 'media-outside-root',
  };
}

/** The same packets in another container, at other times: `retime` gets a time and the middle of all times. */
async function rewrap(from: string, to: string, retime: (stamp: bigint, half: bigint) => bigint): Promise<void> {
  const { Demuxer, Muxer } = await import('node-av/api');
  const demuxer = await Demuxer.open(from);
  const video = demuxer.video()!;
  const muxer = await Muxer.open(to);
  const stream = muxer.addStream(video);
  const half = video.duration / 2n;
  for await (const packet of demuxer.packets()) {
    if (!packet || packet.streamIndex !== video.index) continue;
    packet.pts = retime(packet.pts, half);
    packet.dts = retime(packet.dts, half);
    packet.duration = 0n;
    await muxer.writePacket(packet, stream);
  }
  await muxer.close();
  await demuxer.close();
}

function zeroed(bytes: Buffer, share: number): Buffer {
  const out = Buffer.from(bytes);
  out.fill(0, Math.floor(out.length * (1 - share)));
  return out;
}

function tenHoursOfMatroska(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes);
  out.writeDoubleBE(36_000_000, out.indexOf(Buffer.from([0x44, 0x89, 0x88])) + 3); // Duration, 8 bytes, in milliseconds
  return out;
}

function tenHoursOfMp4(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes);
  const timescale = (box: string) => out.readUInt32BE(boxAt(out, box) + 20);
  out.writeUInt32BE(timescale('mvhd') * 36_000, boxAt(out, 'mvhd') + 24);
  out.writeUInt32BE(timescale('mvhd') * 36_000, boxAt(out, 'tkhd') + 28);
  out.writeUInt32BE(timescale('mdhd') * 36_000, boxAt(out, 'mdhd') + 24);
  return out;
}

/** A PNG whose header says 15360 × 8640, with the checksum that belongs to it. */
function hugePng(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes);
  const header = out.indexOf('IHDR', 0, 'latin1');
  out.writeUInt32BE(15_360, header + 4);
  out.writeUInt32BE(8_640, header + 8);
  out.writeUInt32BE(crc32(out.subarray(header, header + 17)), header + 17);
  return out;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const chunk = (id: string, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
};
const words = (...values: readonly (number | string)[]): Buffer =>
  Buffer.concat(
    values.map((v) => (typeof v === 'string' ? Buffer.from(v, 'latin1') : Buffer.from(Uint32Array.of(v).buffer))),
  );

/** Motion JPEG in AVI, one picture of 84 × 84 that says of itself, as the container does, that it has 15360 × 8640. */
async function hugeAvi(): Promise<Buffer> {
  const [width, height] = [15_360, 8_640];
  const picture = Buffer.from(await encodeJpeg(movingSquare(1)[0]));
  const frame = picture.indexOf(Buffer.from([0xff, 0xc0]));
  picture.writeUInt16BE(height, frame + 5);
  picture.writeUInt16BE(width, frame + 7);
  const avih = chunk('avih', words(125_000, 0, 0, 16, 1, 0, 1, 0, width, height, 0, 0, 0, 0));
  const strh = chunk('strh', words('vids', 'MJPG', 0, 0, 0, 1, 8, 0, 1, 0, 0, 0, 0, 0));
  const strf = chunk('strf', words(40, width, height, 0x180001, 'MJPG', 0, 0, 0, 0, 0));
  const strl = chunk('LIST', words('strl'), strh, strf);
  const hdrl = chunk('LIST', words('hdrl'), avih, strl);
  const movi = chunk('LIST', words('movi'), chunk('00dc', picture));
  return chunk('RIFF', words('AVI '), hdrl, movi);
}
