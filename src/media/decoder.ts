// One run of a decoder over one open file: packets in, wanted RGB frames out, stopped after the last wanted index; or every frame, handed on one
// by one. Leaves out: choosing indices and judging shortfalls (decode.ts).
// Pictures that no other is predicted from need not be decoded where they are not wanted: half of x264's. The others come out bit for bit the same.

import type { AvCodecContext, AvFrame, AvPacket, NativeCall } from './av.ts';
import { bytesOf, PixelConverter } from './convert.ts';
import type { Watch } from './deadline.ts';
import { mediaError } from './errors.ts';
import type { Frame } from './frame.ts';
import { isUnreferenced, unitLengthBytes } from './h264.ts';
import { eachPacket, type Source } from './open.ts';
import { eachPlacedPacket, Unplaceable } from './placed.ts';
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

export interface PassOptions {
  readonly transform?: (frame: Frame) => Frame;
  /** Of the decoder; default 1. */
  readonly threads?: number;
  /** Native calls are made on the calling thread, for one that has nothing else to do: default where pictures are small. */
  readonly inPlace?: boolean;
  /** Leave out pictures that are neither wanted nor needed; throws Unplaceable. */
  readonly skipping?: boolean;
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
  { transform, threads = 1, inPlace = false, skipping = false }: PassOptions = {},
): Promise<DecodePass> {
  const bad = indices.find((index) => !Number.isInteger(index) || index < 0);
  if (bad !== undefined) throw mediaError('media-index-range', source.path, `${bad} is not a frame index`);
  const frames = new Map<number, Frame>();
  const wanted = new Set(indices);
  const counts = await runDecoder(source, watch, {
    last: indices.reduce((a, b) => Math.max(a, b), -1),
    has: (index) => wanted.has(index),
    take: (index, frame) => void frames.set(index, transform ? transform(frame) : frame),
    threads,
    inPlace,
    skipping,
  });
  return { frames, ...counts };
}

/**
 * As runDecodePass, without the pictures that are neither wanted nor needed. Undefined where that is not certain to give the same: the file's times do
 * not tell the order, something that is decoded is damaged or missing, or pictures are interlaced. Damage to what is left out is not noticed.
 */
export async function runSkippingPass(
  source: Source,
  indices: readonly number[],
  watch: Watch,
  options: PassOptions,
): Promise<DecodePass | undefined> {
  try {
    const pass = await runDecodePass(source, indices, watch, { ...options, skipping: true });
    return pass.damaged === 0 && indices.every((index) => pass.frames.has(index)) ? pass : undefined;
  } catch (error) {
    if (error instanceof Unplaceable) return undefined;
    throw error;
  }
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
  readonly threads?: number;
  readonly inPlace?: boolean;
  readonly skipping?: boolean;
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
  /** Places of the packets that were sent and have not come out, by their time; undefined where every picture is decoded. */
  readonly #places: Map<bigint, number> | undefined;

  constructor(source: Source, wanted: Wanted) {
    const { av, stream } = source;
    this.#source = source;
    this.#wanted = wanted;
    this.#places = wanted.skipping ? new Map() : undefined;
    this.#inPlace = wanted.inPlace || (source.small && stream.codecpar.width * stream.codecpar.height <= SMALL_PIXELS);
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
      await this.#sendAll(watch);
      if (!this.#done()) await this.#send(null);
    }
    return { decoded: this.#decoded, damaged: this.#damaged };
  }

  async #sendAll(watch: Watch): Promise<void> {
    const places = this.#places;
    const send = async (packet: AvPacket) => {
      await this.#send(packet);
      return !this.#done();
    };
    if (!places) return void (await eachPacket(this.#source, watch, send));
    const lengthBytes = unitLengthBytes(this.#source.stream.codecpar.extradata);
    if (lengthBytes === undefined) throw new Unplaceable();
    await eachPlacedPacket(this.#source, watch, (packet, place) => {
      if (!this.#wanted.has(place) && isUnreferenced(packet.data ?? new Uint8Array(), lengthBytes)) return true;
      places.set(packet.pts, place);
      return send(packet);
    });
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
    this.#codec.threadCount = this.#wanted.threads ?? 1; // by default clips decode side by side
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
    const index = this.#nextIndex();
    const time = this.#nextTime();
    if (!this.#wanted.has(index)) return;
    const { turn, path } = this.#source;
    const rgb = this.#converter.convert(this.#picture, path);
    const data = rotateRgb(bytesOf(rgb), rgb.width, rgb.height, turn);
    const upright = turn % 180 === 0;
    const [width, height] = upright ? [rgb.width, rgb.height] : [rgb.height, rgb.width];
    return this.#wanted.take(index, { width, height, data, time });
  }

  /** The picture's place in display order: how many came before, or what its packet's time says. */
  #nextIndex(): number {
    if (!this.#places) return this.#decoded++;
    const { pts, bestEffortTimestamp } = this.#picture;
    const place = pts === bestEffortTimestamp ? this.#places.get(pts) : undefined;
    const first = this.#firstTimestamp === undefined;
    const odd = place === undefined || place < this.#decoded || (first && place !== 0) || this.#interlaced();
    if (odd) throw new Unplaceable();
    this.#places.delete(pts);
    this.#decoded = place + 1;
    return place;
  }

  #interlaced(): boolean {
    return (this.#picture.flags & this.#source.av.constants.AV_FRAME_FLAG_INTERLACED) !== 0;
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
