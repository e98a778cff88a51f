// Leaving pictures out over other encoders' files and over packets that lie: the same frames as decoding everything, or none at all.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromSource, told } from '../../test/support/media.ts';
import type { AvPacket } from './av.ts';
import { runDecodePass, runSkippingPass } from './decoder.ts';
import type { Source } from './open.ts';

const clips = join(import.meta.dirname, '../../test/parity/fixtures/peer-frames/clips');

const everyIndex = Array.from({ length: 100 }, (_, i) => i);

/** Interlaced, stored with start codes, or without decoding times at the beginning. */
const refused = ['h264-interlaced.mp4', 'h264-plain.m2t', 'h264-plain.mkv'];
const names = readdirSync(clips).filter((name) => name.startsWith('h264'));

test('there are clips of every kind', () => {
  expect(names.length).toBeGreaterThan(25);
  expect(names).toEqual(expect.arrayContaining(refused));
});

test.each(names)('%s: each frame alone is that of a whole pass, or the pass is refused', async (name) => {
  const path = join(clips, name);
  const whole = await fromSource(path, (source, watch) => runDecodePass(source, everyIndex, watch));
  const last = whole.decoded - 1;
  for (const index of new Set([0, 1, Math.floor(last / 2), last - 1, last])) {
    const one = await fromSource(path, (source, watch) => runSkippingPass(source, [index], watch, {}));
    if (refused.includes(name)) expect(one, `frame ${index}`).toBeUndefined();
    else expect(told(one?.frames.get(index)), `frame ${index}`).toEqual(told(whole.frames.get(index)));
  }
});

describe('packets that lie', () => {
  /** The clip of b-frames, its n-th packet changed behind the demuxer. */
  const passOver = (change: (packet: AvPacket, n: number, source: Source) => void) =>
    fromSource(join(clips, 'h264-b-frames.mp4'), (source, watch) => {
      let n = 0;
      const readFrameSync: Source['context']['readFrameSync'] = (packet) => {
        const code = source.context.readFrameSync(packet);
        if (code >= 0) change(packet, n++, source);
        return code;
      };
      expect(source.small).toBe(true);
      return runSkippingPass({ ...source, context: { readFrameSync } as Source['context'] }, [31], watch, {});
    });

  test('left as they are, they give a frame', async () => {
    expect((await passOver(() => undefined))?.frames.size).toBe(1);
  });

  const lies: Record<string, (packet: AvPacket, n: number, source: Source) => void> = {
    'not to be shown (an edit list)': (packet, n, { av }) => {
      if (n === 3) packet.flags = (packet.flags | av.constants.AV_PKT_FLAG_DISCARD) as typeof packet.flags;
    },
    'said to be corrupt': (packet, n, { av }) => {
      if (n === 3) packet.flags = (packet.flags | av.constants.AV_PKT_FLAG_CORRUPT) as typeof packet.flags;
    },
    'no time': (packet, n, { av }) => {
      if (n === 3) packet.pts = av.constants.AV_NOPTS_VALUE;
    },
    'shown before it is decoded': (packet, n) => {
      if (n === 3) packet.pts = packet.dts - 1n;
    },
    'decoding times that go back': (packet, n) => {
      if (n === 3) packet.dts -= 100_000n;
    },
    'before the first picture one that is left out': (packet, n) => {
      if (n === 0) packet.pts += 2n * packet.duration + 1n;
      if (n === 2) packet.pts += packet.duration + 2n;
    },
    'a damaged picture that others need': (packet, n) => {
      if (n === 0) packet.data = Buffer.from(packet.data as Buffer).fill(0x5a, 200);
    },
  };
  test.each(Object.entries(lies))('%s: no pass', async (_, change) => {
    expect(await passOver(change)).toBeUndefined();
  });
});
