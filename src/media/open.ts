// Opening a video: checks with useful errors, the picture track, its facts (probe), and a frame count that can be trusted.
// Leaves out: decoding (decode.ts), pictures (image.ts).

import type { ErrorFacts, VideorftError } from '../base/errors.ts';
import {
  type Av,
  type AvFormatContext,
  type AvPacket,
  type AvStream,
  avErrorText,
  loadAv,
  type NativeCall,
} from './av.ts';
import { cutOffFrom, type FileFacts, inspectFile, textHint } from './container.ts';
import { DEFAULT_TIMEOUT_MS, type Watch, withDeadline } from './deadline.ts';
import { mediaError } from './errors.ts';
import { clockwiseDegrees, type QuarterTurn } from './rotate.ts';

/** How `frameCount` was obtained; 'decoding' is the truth, 'container' is what a sample table or header says. */
export type CountedBy = 'container' | 'packets' | 'decoding';

export interface VideoInfo {
  /** As displayed: rotation metadata applied. Pixels are taken as square. */
  readonly width: number;
  readonly height: number;
  /** Average frames per second; from count and duration where the header's rate contradicts them by more than 5 %. */
  readonly fps: number;
  readonly frameCount: number;
  readonly countedBy: CountedBy;
  readonly durationSeconds: number;
  /** FFmpeg's short name: h264, hevc, cinepak, … */
  readonly codec: string;
  /** Always true: a file without a picture track is an error. */
  readonly hasVideo: true;
  /** What the header claims wrongly, in words. */
  readonly notes: readonly string[];
}

/** An open file positioned at its first packet. */
export interface Source {
  readonly av: Av;
  readonly path: string;
  readonly file: FileFacts;
  readonly context: AvFormatContext;
  readonly stream: AvStream;
  readonly turn: QuarterTurn;
  /** Small file: native calls run in place. */
  readonly small: boolean;
  readonly close: () => NativeCall<void>;
}

const SMALL_FILE_BYTES = 512 * 1024;

/** @throws VideorftError media-missing, -empty, -not-video, -no-video-stream, -truncated, -decode */
export async function openSource(path: string, watch: Watch): Promise<Source> {
  const file = await inspectFile(path);
  if (file.kind === 'text') throw mediaError('media-not-video', path, `not a video: ${textHint(file.head)}`);
  if (file.kind === 'image') throw mediaError('media-not-video', path, 'not a video: it is a picture');
  const av = await loadAv();
  const context = new av.lib.FormatContext();
  const small = file.bytes <= SMALL_FILE_BYTES;
  watch.onExpire(() => context.interrupt());
  const close = () => (small ? context.closeInputSync() : context.closeInput());
  try {
    const opened = small ? context.openInputSync(path) : await context.openInput(path);
    if (opened < 0) throw await openFailure(av, path, file, opened);
    const found = small ? context.findStreamInfoSync() : await context.findStreamInfo();
    if (found < 0) throw await openFailure(av, path, file, found);
    watch.check();
    const stream = await pictureStream(av, path, file, context);
    const matrix = stream.codecpar.getCodedSideData(av.constants.AV_PKT_DATA_DISPLAYMATRIX);
    return { av, path, file, context, stream, turn: clockwiseDegrees(matrix), small, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openFailure(av: Av, path: string, file: FileFacts, code: number): Promise<Error> {
  const cause = new Error(avErrorText(av, code));
  if ((await cutOffFrom(path, file.bytes)) !== undefined) {
    return mediaError('media-truncated', path, 'the file is cut off before its index', {
      cause,
      facts: { bytes: file.bytes },
    });
  }
  return file.kind === 'video'
    ? mediaError('media-decode', path, 'the container cannot be read', { cause })
    : mediaError('media-not-video', path, 'not a video that FFmpeg recognises', { cause });
}

async function pictureStream(av: Av, path: string, file: FileFacts, context: AvFormatContext): Promise<AvStream> {
  const index = context.findBestStream(av.constants.AVMEDIA_TYPE_VIDEO);
  const stream = index < 0 ? undefined : context.streams[index];
  if (!stream && context.findBestStream(av.constants.AVMEDIA_TYPE_AUDIO) < 0) {
    throw await openFailure(av, path, file, av.constants.AVERROR_INVALIDDATA);
  }
  if (!stream || stream.disposition & av.constants.AV_DISPOSITION_ATTACHED_PIC) {
    throw mediaError('media-no-video-stream', path, 'the file has no video stream (only sound or other data)');
  }
  if (stream.codecpar.width > 0 && stream.codecpar.height > 0) return stream;
  throw await openFailure(av, path, file, av.constants.AVERROR_INVALIDDATA);
}

/** Reads packets of the picture track until `use` says stop (false) or the file ends; returns FFmpeg's last return code. */
export async function eachPacket(
  source: Source,
  watch: Watch,
  use: (packet: AvPacket) => NativeCall<boolean>,
): Promise<number> {
  const { av, context, stream, small } = source;
  const packet = new av.lib.Packet();
  packet.alloc();
  try {
    for (;;) {
      watch.check();
      const code = small ? context.readFrameSync(packet) : await context.readFrame(packet);
      if (code < 0) return code;
      const proceed = packet.streamIndex !== stream.index || (await use(packet));
      packet.unref();
      if (!proceed) return 0;
    }
  } finally {
    packet.free();
  }
}

/** mp4 and mov carry a sample table, which is what their demuxer plays from; other headers may claim anything. */
export function tableCount(source: Source): number {
  const table = source.context.iformat?.name?.includes('mov') === true;
  return table ? Number(source.stream.nbFrames) : 0;
}

/** Packets of the picture track, one per frame. Reads the file to its end: the source is spent afterwards. */
export async function countPackets(source: Source, watch: Watch): Promise<number> {
  let count = 0;
  await eachPacket(source, watch, (packet) => {
    if (packet.size > 0) count++;
    return true;
  });
  return count;
}

/** Matroska's duration counts from zero, also where the first picture comes later (a part cut out of a longer video): seconds before it. */
function lateStart({ context, stream }: Source): number {
  const start = Number(stream.startTime) * stream.timeBase.toDouble();
  return context.iformat?.name?.includes('matroska') && start > 0 ? start : 0;
}

/** Facts of an open source whose frames have been counted. */
export function describeSource(source: Source, frameCount: number, countedBy: CountedBy): VideoInfo {
  const { stream, context, turn } = source;
  const { width, height } = stream.codecpar;
  const claimed = Number(stream.nbFrames);
  const streamSeconds = Number(stream.duration) * stream.timeBase.toDouble();
  const containerSeconds = Number(context.duration) / 1e6 - lateStart(source);
  const headerFps = stream.avgFrameRate.num > 0 && stream.avgFrameRate.den > 0 ? stream.avgFrameRate.toDouble() : 0;
  const seconds = streamSeconds > 0 ? streamSeconds : Math.max(containerSeconds, 0);
  const durationSeconds = seconds || (headerFps > 0 ? frameCount / headerFps : 0);
  const countedFps = durationSeconds > 0 ? frameCount / durationSeconds : headerFps;
  const contradicts = headerFps === 0 || Math.abs(countedFps / headerFps - 1) > 0.05;
  const notes: string[] = [];
  if (claimed > 0 && claimed !== frameCount) notes.push(`the header claims ${claimed} frames, there are ${frameCount}`);
  if (headerFps > 0 && contradicts) {
    notes.push(`the header claims ${headerFps.toFixed(3)} fps, on average there are ${countedFps.toFixed(3)}`);
  }
  return {
    width: turn % 180 === 0 ? width : height,
    height: turn % 180 === 0 ? height : width,
    fps: contradicts ? countedFps : headerFps,
    frameCount,
    countedBy,
    durationSeconds,
    codec: source.av.lib.avGetCodecName(stream.codecpar.codecId) ?? 'unknown',
    hasVideo: true,
    notes,
  };
}

/**
 * Size, rate, frame count, duration and codec of a video, without decoding it. The count is the sample table's (mp4, mov) or
 * the number of packets read (all others).
 * @throws VideorftError as openSource; media-decode, media-truncated without a single frame; 'media-timeout' after `timeoutMs` (60 s)
 */
export function probe(path: string, options: { readonly timeoutMs?: number } = {}): Promise<VideoInfo> {
  return withDeadline(path, options.timeoutMs ?? DEFAULT_TIMEOUT_MS, async (watch) => {
    const source = await openSource(path, watch);
    try {
      return await countedInfo(source, watch);
    } finally {
      await source.close();
    }
  });
}

/** A file of which `what` can be read: its end is missing where its own headers promise more bytes than there are, else it is damaged. */
export async function damageError(
  { path, file }: Source,
  what: string,
  facts: ErrorFacts['facts'] = {},
): Promise<VideorftError> {
  const promised = await cutOffFrom(path, file.bytes);
  if (promised === undefined) return mediaError('media-decode', path, `the data are damaged: ${what}`, { facts });
  const more = { ...facts, bytes: file.bytes, promised };
  return mediaError('media-truncated', path, `the file is cut off: ${what}`, { facts: more });
}

/** describeSource after counting; a source without a sample table is spent by it. @throws media-decode, media-truncated without a frame */
export async function countedInfo(source: Source, watch: Watch): Promise<VideoInfo> {
  const table = tableCount(source);
  if (table > 0) return describeSource(source, table, 'container');
  const packets = await countPackets(source, watch);
  if (packets === 0) throw await damageError(source, 'no frame can be read');
  return describeSource(source, packets, 'packets');
}
