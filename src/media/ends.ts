// Whether a video decodes at both ends and lasts as long as its header says, without a pass over all of it: its first picture,
// then a seek to the last key frame and the pictures from there. Leaves out: what lies between (decode.ts reads it all).

import { cutOffFrom } from './container.ts';
import { DEFAULT_TIMEOUT_MS, type Watch, withDeadline } from './deadline.ts';
import { runDecodePass } from './decoder.ts';
import { mediaError, tooManyPixels } from './errors.ts';
import { countedInfo, damageError, eachPacket, openSource, type Source, type VideoInfo } from './open.ts';

export interface EndsOptions {
  /** Milliseconds until 'media-timeout'; default 60,000. */
  readonly timeoutMs?: number;
  /** Pixels of a frame of the source at most; default: any number. */
  readonly maxPixels?: number;
}

/** Part of the claimed duration after the last picture that is let pass: a sound track may be longer than the pictures. */
const TOLERATED_GAP = 0.2;
const TOLERATED_GAP_SECONDS = 1;
/** Part of the last pictures that must decode; after a seek the first of them may lack what they refer to. */
const NEEDED_OF_TAIL = 0.5;
/** An index that no video has: the pass goes on to the end. */
const BEYOND = Number.MAX_SAFE_INTEGER;

/**
 * Facts of a video of which the first and the last pictures decode and whose last picture is where the header says.
 * @throws VideorftError as probe; media-too-large; media-truncated, media-decode for an end that is missing or damaged;
 * media-duration where header and pictures contradict each other
 */
export function probeEnds(path: string, options: EndsOptions = {}): Promise<VideoInfo> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxPixels = Number.POSITIVE_INFINITY } = options;
  return withDeadline(path, timeoutMs, async (watch) => {
    const info = await withSource(path, watch, async (source) => {
      const { width, height } = source.stream.codecpar;
      if (width * height > maxPixels) throw tooManyPixels(path, width, height, maxPixels);
      await refuseCutOff(source);
      return countedInfo(source, watch);
    });
    await withSource(path, watch, (source) => refuseDarkStart(source, watch));
    const tail = await withSource(path, watch, (source) => readTail(source, info, watch));
    refuseWrongDuration(path, info, tail.endSeconds);
    await withSource(path, watch, (source) => refuseDamagedTail(source, info, tail.packets, watch));
    return info;
  });
}

async function withSource<T>(path: string, watch: Watch, use: (source: Source) => Promise<T>): Promise<T> {
  const source = await openSource(path, watch);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

async function refuseCutOff(source: Source): Promise<void> {
  const { path, file } = source;
  if ((await cutOffFrom(path, file.bytes)) !== undefined) throw await damageError(source, 'its end is missing');
}

async function refuseDarkStart(source: Source, watch: Watch): Promise<void> {
  const { decoded } = await runDecodePass(source, [0], watch);
  if (decoded === 0) throw await damageError(source, 'no frame can be decoded');
}

/** To the last key frame, where the container can do that; else the source stays at its first packet. */
async function seekToTail({ av, context, stream }: Source, { durationSeconds }: VideoInfo): Promise<void> {
  const end = Math.round(durationSeconds / stream.timeBase.toDouble());
  const known = stream.startTime !== av.constants.AV_NOPTS_VALUE;
  const from = known ? stream.startTime : 0n;
  await context.seekFrame(stream.index, from + BigInt(end), av.constants.AVSEEK_FLAG_BACKWARD);
}

/** Packets from the last key frame on, and when the last of them ends, in seconds after the first picture. */
async function readTail(
  source: Source,
  info: VideoInfo,
  watch: Watch,
): Promise<{ packets: number; endSeconds: number }> {
  await seekToTail(source, info);
  const { AV_NOPTS_VALUE } = source.av.constants;
  const { startTime, timeBase } = source.stream;
  const start = startTime === AV_NOPTS_VALUE ? 0n : startTime;
  let packets = 0;
  let end = start;
  await eachPacket(source, watch, (packet) => {
    packets++;
    const stamp = packet.pts === AV_NOPTS_VALUE ? packet.dts : packet.pts;
    if (stamp !== AV_NOPTS_VALUE && stamp + packet.duration > end) end = stamp + packet.duration;
    return true;
  });
  return { packets, endSeconds: Number(end - start) * timeBase.toDouble() };
}

function refuseWrongDuration(path: string, { durationSeconds, frameCount }: VideoInfo, endSeconds: number): void {
  const gap = durationSeconds - endSeconds;
  // A single picture ends when its header says.
  if (frameCount === 1 || gap <= Math.max(TOLERATED_GAP_SECONDS, durationSeconds * TOLERATED_GAP)) return;
  const [claimed, found] = [durationSeconds, endSeconds].map((seconds) => seconds.toFixed(1));
  throw mediaError('media-duration', path, `the header says ${claimed} s, but the pictures end after ${found} s`, {
    facts: { claimed, found },
  });
}

async function refuseDamagedTail(source: Source, info: VideoInfo, packets: number, watch: Watch): Promise<void> {
  await seekToTail(source, info);
  const { decoded, damaged } = await runDecodePass(source, [BEYOND], watch);
  if (decoded > 0 && decoded >= packets * NEEDED_OF_TAIL) return;
  const facts = { decoded, packets, damaged };
  throw await damageError(source, `${decoded} of the last ${packets} frames can be decoded`, facts);
}
