// The x264 encoder and the mp4 writer behind encodeVideo: owns the native objects from open to close.
// Leaves out: checking the frames and the atomic rename (encode.ts).

import { type Av, type AvCodecContext, type AvFormatContext, type AvPacket, type AvStream, avErrorText } from './av.ts';
import { PixelConverter } from './convert.ts';
import { mediaError } from './errors.ts';

export interface Mp4Settings {
  /** Where the bytes go, and the path that errors name. */
  readonly file: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly fpsNum: number;
  readonly fpsDen: number;
  readonly crf: number;
}

/** Above this many pixels per frame encoding runs on the thread pool, below in place. */
const SMALL_PIXELS = 320 * 240;

/** open, write each frame, finish, close (always). One thread and no dates in the file: the same input, the same bytes. */
export class Mp4Encoder {
  readonly #av: Av;
  readonly #settings: Mp4Settings;
  readonly #format: AvFormatContext;
  readonly #codec: AvCodecContext;
  readonly #packet: AvPacket;
  readonly #converter: PixelConverter;
  readonly #inPlace: boolean;
  #stream: AvStream | undefined;
  #written = 0n;

  constructor(av: Av, settings: Mp4Settings) {
    this.#av = av;
    this.#settings = settings;
    this.#inPlace = settings.width * settings.height <= SMALL_PIXELS;
    this.#format = new av.lib.FormatContext();
    this.#codec = new av.lib.CodecContext();
    this.#packet = new av.lib.Packet();
    this.#packet.alloc();
    this.#converter = new PixelConverter(av, 'yuv420p');
  }

  async open(): Promise<void> {
    const { lib, constants } = this.#av;
    const encoder = lib.Codec.findEncoderByName(constants.FF_ENCODER_LIBX264);
    if (!encoder) throw mediaError('media-native', this.#settings.path, 'this build of node-av has no libx264');
    this.#codec.allocContext3(encoder);
    this.#configureCodec();
    this.#must(this.#codec.open2Sync(encoder), 'open the encoder');
    this.#must(this.#format.allocOutputContext2(null, 'mp4', this.#settings.file), 'prepare the container');
    this.#stream = this.#format.newStream(null);
    this.#must(this.#stream.codecpar.fromContext(this.#codec), 'describe the stream');
    this.#stream.timeBase = this.#codec.timeBase;
    this.#stream.avgFrameRate = this.#codec.framerate;
    this.#format.setFlags(constants.AVFMT_FLAG_BITEXACT);
    this.#must(this.#format.setOption('movflags', '+faststart'), 'set the container options');
    this.#must(await this.#format.openOutput(), 'open the file');
    this.#must(this.#format.writeHeaderSync(), 'write the header');
  }

  #configureCodec(): void {
    const { lib, constants } = this.#av;
    const { width, height, fpsNum, fpsDen, crf } = this.#settings;
    const codec = this.#codec;
    codec.width = width;
    codec.height = height;
    codec.pixelFormat = constants.AV_PIX_FMT_YUV420P;
    codec.timeBase = new lib.Rational(fpsDen, fpsNum);
    codec.framerate = new lib.Rational(fpsNum, fpsDen);
    codec.threadCount = 1;
    codec.colorSpace = constants.AVCOL_SPC_SMPTE170M;
    codec.colorPrimaries = constants.AVCOL_PRI_SMPTE170M;
    codec.colorTrc = constants.AVCOL_TRC_SMPTE170M;
    codec.colorRange = constants.AVCOL_RANGE_MPEG;
    codec.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER, constants.AV_CODEC_FLAG_BITEXACT);
    this.#must(codec.setOption('preset', 'superfast'), 'set the preset');
    this.#must(codec.setOption('crf', String(crf)), 'set the rate factor');
  }

  /** One frame of width · height · 3 bytes. */
  async write(rgb: Uint8Array): Promise<void> {
    const { lib, constants } = this.#av;
    const { width, height, path } = this.#settings;
    const bytes = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.length);
    const source = lib.Frame.fromVideoBuffer(bytes, { width, height, format: constants.AV_PIX_FMT_RGB24 });
    try {
      const yuv = this.#converter.convert(source, path);
      yuv.pts = this.#written++;
      this.#must(this.#inPlace ? this.#codec.sendFrameSync(yuv) : await this.#codec.sendFrame(yuv), 'encode a frame');
    } finally {
      source.free();
    }
    await this.#drain();
  }

  async finish(): Promise<void> {
    this.#must(this.#codec.sendFrameSync(null), 'finish encoding');
    await this.#drain();
    this.#must(await this.#format.writeTrailer(), 'write the index');
  }

  async #drain(): Promise<void> {
    const { constants } = this.#av;
    const stream = this.#stream!;
    for (;;) {
      const code = this.#inPlace
        ? this.#codec.receivePacketSync(this.#packet)
        : await this.#codec.receivePacket(this.#packet);
      if (code === constants.AVERROR_EAGAIN || code === constants.AVERROR_EOF) return;
      this.#must(code, 'encode');
      this.#packet.streamIndex = stream.index;
      this.#packet.rescaleTs(this.#codec.timeBase, stream.timeBase);
      this.#must(this.#format.interleavedWriteFrameSync(this.#packet), 'write a frame');
    }
  }

  async close(): Promise<void> {
    this.#converter.free();
    this.#packet.free();
    this.#codec.freeContext();
    await this.#format.closeOutput();
    this.#format.freeContext();
  }

  #must(code: number, what: string): void {
    if (code >= 0) return;
    const cause = new Error(avErrorText(this.#av, code));
    throw mediaError('media-encode', this.#settings.path, `could not ${what}`, {
      cause,
      fix: 'Check free space and write permission of the folder, and the frame size.',
    });
  }
}
