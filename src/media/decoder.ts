// One run of a decoder over one open file: packets in, wanted RGB frames out, stopped after the last wanted index; or every frame, handed on one
// by one. Leaves out: choosing indices and judging shortfalls (decode.ts).

import type { AvCodecContext, AvFrame, AvPacket, NativeCall } from './av.ts';
import { bytesOf, PixelConverter } from './convert.ts';
import type { Watch } from './deadline.ts';
import { mediaError } from './errors.ts';
import type { Frame } from './frame.ts';
import { eachPacket, type Source } from './open.ts';
import { rotateRgb } from './rotate.ts';

export interface DecodeCounts {
  /** Frames that came out of the decoder until the pass stopped; all there are when something wanted is missing. */
  readonly decoded: number;
  /** Packets that the decoder refused and pictures that it had to patch up. */
  readonly damaged: number;
}

export interface DecodePass extends DecodeCounts {
  /** Wanted frames by source index, in display order. */
  readonly frames: ReadonlyMap<number, Frame>;
}

/** Above this many pixels per frame native calls go to the thread pool. */
const SMALL_PIXELS = 320 * 240;

/**
 * Decodes in order until every index in `indices` has been seen or the file ends. Times are seconds after the first frame.
 * @throws VideorftError 'media-index-range' for an index that is none, 'media-decode' without a decoder, 'media-timeout'
 */
export async function runDecodePass(
  source: Source,
  indices: readonly number[],
  watch: Watch,
  transform?: (frame: Frame) => Frame,
): Promise<DecodePass> {
  const bad = indices.find((index) => !Number.isInteger(index) || index < 0);
  if (bad !== undefined) throw mediaError('media-index-range', source.path, `${bad} is not a frame index`);
  const frames = new Map<number, Frame>();
  const wanted = new Set(indices);
  const counts = await runDecoder(source, watch, {
    last: indices.reduce((a, b) => Math.max(a, b), -1),
    has: (index) => wanted.has(index),
    take: (index, frame) => void frames.set(index, transform ? transform(frame) : frame),
  });
  return { frames, ...counts };
}

/** Decodes the whole file and hands on each frame; the next is decoded when the last has been taken. What `use` throws ends it. */
export function decodeEachFrame(
  source: Source,
  watch: Watch,
  use: (frame: Frame) => Promise<void>,
): Promise<DecodeCounts> {
  return runDecoder(source, watch, { last: Number.POSITIVE_INFINITY, has: () => true, take: (_, frame) => use(frame) });
}

async function runDecoder(source: Source, watch: Watch, wanted: Wanted): Promise<DecodeCounts> {
  const decoder = new Decoder(source, wanted);
  try {
    return await decoder.run(watch);
  } finally {
    decoder.free();
  }
}

/** Which frames are converted, up to which index there are any, and where they go. */
interface Wanted {
  readonly last: number;
  has(index: number): boolean;
  take(index: number, frame: Frame): NativeCall<void>;
}

class Decoder {
  readonly #source: Source;
  readonly #wanted: Wanted;
  readonly #codec: AvCodecContext;
  readonly #picture: AvFrame;
  readonly #converter: PixelConverter;
  readonly #inPlace: boolean;
  readonly #secondsPerTick: number;
  readonly #secondsPerFrame: number;
  #decoded = 0;
  #damaged = 0;
  #firstTimestamp: bigint | undefined;
  #time = Number.NaN;

  constructor(source: Source, wanted: Wanted) {
    const { av, stream } = source;
    this.#source = source;
    this.#wanted = wanted;
    this.#inPlace = source.small && stream.codecpar.width * stream.codecpar.height <= SMALL_PIXELS;
    this.#secondsPerTick = stream.timeBase.toDouble();
    this.#secondsPerFrame = stream.avgFrameRate.num > 0 ? 1 / stream.avgFrameRate.toDouble() : this.#secondsPerTick;
    this.#codec = new av.lib.CodecContext();
    this.#picture = new av.lib.Frame();
    this.#picture.alloc();
    this.#converter = new PixelConverter(av, 'rgb24');
  }

  async run(watch: Watch): Promise<DecodeCounts> {
    await this.#open();
    if (this.#wanted.last >= 0) {
      await eachPacket(this.#source, watch, async (packet) => {
        await this.#send(packet);
        return !this.#done();
      });
      if (!this.#done()) await this.#send(null);
    }
    return { decoded: this.#decoded, damaged: this.#damaged };
  }

  free(): void {
    this.#converter.free();
    this.#picture.free();
    this.#codec.freeContext();
  }

  #done(): boolean {
    return this.#decoded > this.#wanted.last;
  }

  async #open(): Promise<void> {
    const { av, stream, path } = this.#source;
    const codec = av.lib.Codec.findDecoder(stream.codecpar.codecId);
    const name = av.lib.avGetCodecName(stream.codecpar.codecId) ?? 'unknown';
    if (!codec) throw mediaError('media-decode', path, `no decoder for ${name}`);
    this.#codec.allocContext3(codec);
    this.#codec.parametersToContext(stream.codecpar);
    this.#codec.pktTimebase = stream.timeBase;
    this.#codec.threadCount = 1; // clips decode side by side; threads inside one gave nothing on two cores
    const code = await this.#codec.open2(codec);
    if (code < 0) throw mediaError('media-decode', path, `the ${name} decoder cannot be opened`, { facts: { code } });
  }

  async #send(packet: AvPacket | null): Promise<void> {
    const { constants } = this.#source.av;
    const sent = this.#inPlace ? this.#codec.sendPacketSync(packet) : await this.#codec.sendPacket(packet);
    if (sent < 0 && sent !== constants.AVERROR_EOF) this.#damaged++;
    while (!this.#done()) {
      const code = this.#inPlace
        ? this.#codec.receiveFrameSync(this.#picture)
        : await this.#codec.receiveFrame(this.#picture);
      if (code === constants.AVERROR_EAGAIN || code === constants.AVERROR_EOF) return;
      if (code < 0 || this.#picture.decodeErrorFlags !== 0) this.#damaged++;
      if (code < 0) return;
      const taken = this.#take();
      if (taken) await taken;
      this.#picture.unref();
    }
  }

  #take(): NativeCall<void> {
    const index = this.#decoded++;
    const time = this.#nextTime();
    if (!this.#wanted.has(index)) return;
    const { turn, path } = this.#source;
    const rgb = this.#converter.convert(this.#picture, path);
    const data = rotateRgb(bytesOf(rgb), rgb.width, rgb.height, turn);
    const upright = turn % 180 === 0;
    const [width, height] = upright ? [rgb.width, rgb.height] : [rgb.height, rgb.width];
    return this.#wanted.take(index, { width, height, data, time });
  }

  /** The picture's timestamp; one frame after the previous where it has none or it does not advance. */
  #nextTime(): number {
    const stamp = this.#picture.bestEffortTimestamp;
    const known = stamp !== this.#source.av.constants.AV_NOPTS_VALUE;
    if (this.#firstTimestamp === undefined) {
      this.#firstTimestamp = known ? stamp : 0n;
      this.#time = 0;
      return 0;
    }
    const time = known ? Number(stamp - this.#firstTimestamp) * this.#secondsPerTick : Number.NaN;
    this.#time = time > this.#time ? time : this.#time + this.#secondsPerFrame;
    return this.#time;
  }
}
