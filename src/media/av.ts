// The only importer of node-av (FFmpeg in-process), loaded on first use: the library as `Av`, and FFmpeg's error texts.
// Leaves out: what is done with it (open.ts, decode.ts, encode.ts).
// Traps of node-av 6.1.1, each seen: `open2(codec, dictionary)` frees the dictionary a second time at exit (set options with
// `setOption`); swscale writes past the row ends of unpadded buffers (always scale into a frame of `getBuffer(0)`);
// native objects must be freed by hand, the garbage collector does not know their size.

import { mediaError } from './errors.ts';

type Lib = typeof import('node-av/lib');
type Constants = typeof import('node-av/constants');

export interface Av {
  readonly lib: Lib;
  readonly constants: Constants;
}

export type AvFormatContext = InstanceType<Lib['FormatContext']>;
export type AvCodecContext = InstanceType<Lib['CodecContext']>;
export type AvStream = InstanceType<Lib['Stream']>;
export type AvPacket = InstanceType<Lib['Packet']>;
export type AvFrame = InstanceType<Lib['Frame']>;
export type AvScaler = InstanceType<Lib['SoftwareScaleContext']>;

let loading: Promise<Av> | undefined;

/** Decoders that videos found in practice need, by FFmpeg's names. */
const COMMON = ['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg4', 'mpeg2video', 'mjpeg', 'prores'];

/** Which of the common decoders this machine has, and which it lacks. */
export async function commonDecoders(): Promise<{ readonly has: string[]; readonly lacks: string[] }> {
  const { lib } = await loadAv();
  const has = COMMON.filter((name) =>
    lib.Codec.findDecoderByName(name as Parameters<typeof lib.Codec.findDecoderByName>[0]),
  );
  return { has, lacks: COMMON.filter((name) => !has.includes(name)) };
}

/**
 * node-av's low-level interface. FFmpeg's own log is silenced: failures come back as return codes and become errors here.
 * @throws VideorftError 'media-native' when there is no binary for this platform
 */
export function loadAv(): Promise<Av> {
  loading ??= importAv();
  return loading;
}

async function importAv(): Promise<Av> {
  try {
    const [lib, constants] = await Promise.all([import('node-av/lib'), import('node-av/constants')]);
    lib.Log.setLevel(constants.AV_LOG_QUIET);
    return { lib, constants };
  } catch (cause) {
    throw mediaError('media-native', 'node-av', 'the video library cannot be loaded', { cause });
  }
}

/** What decodes here, for the record of what was shown to a model: "FFmpeg 8.1-Jellyfin, avcodec 62.28.100". */
export async function videoLibrary(): Promise<string> {
  const { version, libraries } = (await loadAv()).lib.getFFmpegInfo();
  return `FFmpeg ${version}, avcodec ${libraries.avcodec}`;
}

/** FFmpeg's text for a negative return code. */
export function avErrorText(av: Av, code: number): string {
  return av.lib.FFmpegError.strerror(code);
}

/**
 * Small work runs in place (a call costs a microsecond), large work on libuv's thread pool (the event loop stays free, a
 * call costs some tens of microseconds). Both are awaited, so there is one code path.
 */
export type NativeCall<T> = T | Promise<T>;
