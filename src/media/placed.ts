// Packets with their places in display order, known a few packets after they are read: what comes later is also shown later than its decoding time. Leaves
// out: files whose times do not tell the order ('Unplaceable'); they are decoded without this.
import type { AvPacket, NativeCall } from './av.ts';
import type { Watch } from './deadline.ts';
import { eachPacket, type Source } from './open.ts';

/** The places of a file's pictures cannot be told from its packets. Never leaves this folder. */
export class Unplaceable extends Error {}

interface Waiting {
  readonly packet: AvPacket;
  readonly shown: bigint;
}

class Places {
  readonly #source: Source;
  /** Packets in the order of decoding whose places are not known yet: as many as the encoder reorders. */
  readonly #waiting: Waiting[] = [];
  /** When each packet so far is shown, ascending. */
  readonly #times: bigint[] = [];
  #lastDecoded: bigint | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  add(packet: AvPacket): void {
    const { AV_NOPTS_VALUE, AV_PKT_FLAG_DISCARD, AV_PKT_FLAG_CORRUPT } = this.#source.av.constants;
    const { pts, dts, flags } = packet;
    const first = this.#lastDecoded === undefined;
    const odd = (flags & (AV_PKT_FLAG_DISCARD | AV_PKT_FLAG_CORRUPT)) !== 0 || (first && !packet.isKeyframe);
    const unordered = !first && dts <= this.#lastDecoded!;
    if (odd || unordered || pts === AV_NOPTS_VALUE || dts === AV_NOPTS_VALUE || pts < dts) throw new Unplaceable();
    let at = this.#times.length;
    while (at > 0 && this.#times[at - 1] > pts) at--;
    if (this.#times[at - 1] === pts) throw new Unplaceable();
    this.#times.splice(at, 0, pts);
    const copy = packet.clone();
    if (!copy) throw new Unplaceable();
    this.#waiting.push({ packet: copy, shown: pts });
    this.#lastDecoded = dts;
  }

  /** The next packet whose place is certain; at the end of the file all are. The caller frees it. */
  next(atEnd: boolean): { readonly packet: AvPacket; readonly place: number } | undefined {
    const head = this.#waiting[0];
    if (!head || !(atEnd || head.shown <= this.#lastDecoded!)) return undefined;
    this.#waiting.shift();
    return { packet: head.packet, place: this.#times.lastIndexOf(head.shown) };
  }

  free(): void {
    for (const { packet } of this.#waiting) packet.free();
  }
}

/** As eachPacket, with each picture's place in display order. @throws Unplaceable */
export async function eachPlacedPacket(
  source: Source,
  watch: Watch,
  use: (packet: AvPacket, place: number) => NativeCall<boolean>,
): Promise<void> {
  const places = new Places(source);
  const handOn = async (atEnd: boolean): Promise<boolean> => {
    for (let next = places.next(atEnd); next; next = places.next(atEnd)) {
      try {
        if (!(await use(next.packet, next.place))) return false;
      } finally {
        next.packet.free();
      }
    }
    return true;
  };
  try {
    let proceed = true;
    await eachPacket(source, watch, async (packet) => {
      places.add(packet);
      proceed = await handOn(false);
      return proceed;
    });
    if (proceed) await handOn(true);
  } finally {
    places.free();
  }
}
