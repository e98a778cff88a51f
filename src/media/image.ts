// Still pictures: PNG, JPEG, WebP (and what else libvips reads) ↔ Frame. The only importer of sharp, loaded on first use.
// Leaves out: resizing (resize.ts). Pixels are those of Pillow as qwen-vl-utils uses it: colour profiles and EXIF orientation are not applied,
// transparency is laid on white. Unlike there, transparency of grey and palette pictures is, too, and 16 bits are scaled to 8, not cut.

import { VideorftError } from '../base/errors.ts';
import { inspectFile, kindOfBytes, textHint } from './container.ts';
import { mediaError, tooManyPixels } from './errors.ts';
import type { Frame } from './frame.ts';

type Sharp = typeof import('sharp')['default'];

let loading: Promise<Sharp> | undefined;

function loadSharp(): Promise<Sharp> {
  loading ??= import('sharp').then(
    (module) => module.default,
    (cause: unknown) => {
      throw mediaError('media-native', 'sharp', 'the image library cannot be loaded', {
        cause,
        fix: 'Run "npm install" again on this machine.',
      });
    },
  );
  return loading;
}

export interface ImageOptions {
  /** Pixels at most; default: what libvips takes. */
  readonly maxPixels?: number;
}

/**
 * A picture file, or its bytes, as one RGB frame at time 0.
 * @throws VideorftError media-missing, media-empty, media-not-image, media-too-large, media-decode (damaged or cut off)
 */
export async function decodeImage(input: string | Uint8Array, { maxPixels }: ImageOptions = {}): Promise<Frame> {
  const name = typeof input === 'string' ? input : `picture of ${input.length} bytes`;
  if (typeof input === 'string') await refuseNonImage(input);
  else if (input.length === 0) throw mediaError('media-empty', name, 'no bytes');
  const sharp = await loadSharp();
  try {
    const picture = sharp(input, { failOn: 'warning', ignoreIcc: true });
    const { space, width, height } = await picture.metadata();
    if (maxPixels !== undefined && width * height > maxPixels) throw tooManyPixels(name, width, height, maxPixels);
    const inks = space === 'cmyk';
    const coloured = inks
      ? picture.pipelineColourspace('cmyk').toColourspace('cmyk')
      : picture.flatten({ background: '#ffffff' }).toColourspace('srgb').removeAlpha();
    const { data, info } = await coloured.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: inks ? rgbOfInks(data) : plain(data), time: 0 };
  } catch (cause) {
    if (cause instanceof VideorftError) throw cause;
    const known = typeof input === 'string' || kindOfBytes(input.subarray(0, 512)) === 'image';
    throw mediaError(
      known ? 'media-decode' : 'media-not-image',
      name,
      known ? 'the picture is damaged or cut off' : 'not a picture',
      {
        cause,
        fix: 'Download or export the picture again.',
      },
    );
  }
}

/** CMYK without a profile, as Pillow takes it: each ink takes its share of what black leaves. */
function rgbOfInks(inks: Uint8Array): Uint8Array {
  const out = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4) {
    const left = 255 - inks[from + 3];
    for (let c = 0; c < 3; c++) out[to++] = left - Math.round((inks[from + c] * left) / 255);
  }
  return out;
}

async function refuseNonImage(path: string): Promise<void> {
  const { kind, head } = await inspectFile(path);
  if (kind === 'text') throw mediaError('media-not-image', path, `not a picture: ${textHint(head)}`);
  if (kind !== 'image') throw mediaError('media-not-image', path, kind === 'video' ? 'it is a video' : 'not a picture');
}

/** Lossless bytes of a frame. */
export async function encodePng(frame: Pick<Frame, 'width' | 'height' | 'data'>): Promise<Uint8Array> {
  return plain(await (await raw(frame)).png().toBuffer());
}

/** JPEG bytes; quality 1 to 100, default 90, colour at full resolution from 90 on. */
export async function encodeJpeg(frame: Pick<Frame, 'width' | 'height' | 'data'>, quality = 90): Promise<Uint8Array> {
  const chromaSubsampling = quality >= 90 ? '4:4:4' : '4:2:0';
  return plain(await (await raw(frame)).jpeg({ quality, chromaSubsampling }).toBuffer());
}

/** A frame as a data URL, for chat requests (JPEG) and report pages (PNG). */
export async function frameDataUrl(
  frame: Pick<Frame, 'width' | 'height' | 'data'>,
  format: 'jpeg' | 'png' = 'jpeg',
): Promise<string> {
  const bytes = format === 'png' ? await encodePng(frame) : await encodeJpeg(frame);
  return `data:image/${format};base64,${Buffer.from(bytes).toString('base64')}`;
}

async function raw({ width, height, data }: Pick<Frame, 'width' | 'height' | 'data'>) {
  if (data.length !== width * height * 3) {
    throw mediaError(
      'media-encode',
      'picture',
      `${width}×${height} needs ${width * height * 3} bytes, got ${data.length}`,
    );
  }
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
