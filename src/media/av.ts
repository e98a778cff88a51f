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

/** FFmpeg's text for a negative return code. */
export function avErrorText(av: Av, code: number): string {
  return av.lib.FFmpegError.strerror(code);
}

/**
 * Small work runs in place (a call costs a microsecond), large work on libuv's thread pool (the event loop stays free, a
 * call costs some tens of microseconds). Both are awaited, so there is one code path.
 */
export type NativeCall<T> = T | Promise<T>;
