// How much of a growing text has to be held back because it may be the beginning of a marker that is still being written. Pure.

/** Length of the longest end of `text` with which `marker` begins, the whole marker excluded. */
export function heldBack(text: string, marker: string): number {
  for (let n = Math.min(text.length, marker.length - 1); n > 0; n--) if (text.endsWith(marker.slice(0, n))) return n;
  return 0;
}
