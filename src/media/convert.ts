// Pixel formats through libswscale: any decoded picture → packed RGB, and RGB → 4:2:0 for the encoder.
// The colour matrix and range that a picture is tagged with are honoured; untagged means BT.601, limited range.
// As in the decoders of the field, which hand swscale bare planes: where chroma is sited is not told, and interlaced pictures are converted
// whole (swscale refuses to make progressive ones of them). Leaves out: scaling (resample.ts does that, with known arithmetic).

import type { Av, AvFrame, AvScaler } from './av.ts';
import { mediaError } from './errors.ts';

/** A converter to one pixel format at the source's size. Owns native memory: `free` it. */
export class PixelConverter {
  readonly #av: Av;
  readonly #format: number;
  readonly #scaler: AvScaler;
  #target: AvFrame | undefined;

  constructor(av: Av, to: 'rgb24' | 'yuv420p') {
    this.#av = av;
    this.#format = to === 'rgb24' ? av.constants.AV_PIX_FMT_RGB24 : av.constants.AV_PIX_FMT_YUV420P;
    this.#scaler = new av.lib.SoftwareScaleContext();
    this.#scaler.allocContext();
  }

  /** Converts into the converter's own frame, which the next call overwrites; `source` loses its chroma location and interlaced flag. */
  convert(source: AvFrame, path: string): AvFrame {
    const { constants } = this.#av;
    source.clearFlags(constants.AV_FRAME_FLAG_INTERLACED);
    source.chromaLocation = constants.AVCHROMA_LOC_UNSPECIFIED;
    const target = this.#targetFor(source.width, source.height);
    const code = this.#scaler.scaleFrameSync(target, source);
    if (code < 0) throw mediaError('media-decode', path, 'the pixel format cannot be converted', { facts: { code } });
    return target;
  }

  #targetFor(width: number, height: number): AvFrame {
    const { constants, lib } = this.#av;
    if (this.#target?.width === width && this.#target.height === height) {
      this.#target.makeWritable();
      return this.#target;
    }
    this.#target?.free();
    const target = new lib.Frame();
    target.alloc();
    target.width = width;
    target.height = height;
    target.format = this.#format as AvFrame['format'];
    if (this.#format === constants.AV_PIX_FMT_YUV420P) {
      target.colorSpace = constants.AVCOL_SPC_SMPTE170M;
      target.colorRange = constants.AVCOL_RANGE_MPEG;
    }
    target.getBuffer(0);
    this.#target = target;
    return target;
  }

  free(): void {
    this.#target?.free();
    this.#target = undefined;
    this.#scaler.freeContext();
  }
}

/** Packed bytes of a frame, copied out of native memory. */
export function bytesOf(frame: AvFrame): Uint8Array {
  const buffer = frame.toBuffer();
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
