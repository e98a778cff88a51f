// A text's fingerprint for finding near-duplicates in a few bytes: MinHash (Broder 1997) over its runs of three words, by one permutation in
// bins (Li, Owen, Zhang 2012), empty bins filled from others (Shrivastava 2017). Bands of it find candidates (LSH), one bit of each bin estimates how
// similar two are (Li, König 2010). Pure.

/** Bins; each gives one bit of the sketch. */
export const BITS = 128;
/** Two texts whose sets of runs are this similar (Jaccard) meet in a band with a chance of 97%; at 0.5, 17%. */
export const BANDS = 12;
const ROWS = 6;
const RUN = 3;
/** 32-bit words of a sketch. */
export const SKETCH_WORDS = BITS / 32;

/** The finalizer of MurmurHash3: every bit of the result depends on every bit of the input. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a, 32 bits. */
function hashWord(word: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

const EMPTY = 0xffffffff;

/** The least hash of each bin. Texts shorter than a run are one run. */
function binMinima(words: readonly string[]): Uint32Array {
  const minima = new Uint32Array(BITS).fill(EMPTY);
  const hashes = words.map(hashWord);
  const runs = Math.max(1, words.length - RUN + 1);
  for (let at = 0; at < runs; at++) {
    let h = 0;
    for (let i = at; i < Math.min(at + RUN, hashes.length); i++) h = mix(h ^ hashes[i]) + i - at;
    const hash = mix(h);
    const bin = hash % BITS;
    const value = mix(hash ^ 0x9e3779b9);
    if (value < minima[bin]) minima[bin] = value;
  }
  return minima;
}

/** Empty bins take the value of a full one that a hash of the bin chooses: the same for two texts where that bin is equal. */
function filled(minima: Uint32Array): Uint32Array {
  const full = minima.slice();
  for (let bin = 0; bin < BITS; bin++) {
    for (let attempt = 1; full[bin] === EMPTY; attempt++) full[bin] = minima[mix(bin * 0x10001 + attempt) % BITS];
  }
  return full;
}

export interface Fingerprint {
  /** One hash per band, 29 bits. */
  readonly bands: Uint32Array;
  /** One bit per bin. */
  readonly sketch: Uint32Array;
}

export function fingerprint(words: readonly string[]): Fingerprint {
  const minima = filled(binMinima(words));
  const bands = new Uint32Array(BANDS);
  for (let band = 0; band < BANDS; band++) {
    let h = band + 1;
    for (let row = 0; row < ROWS; row++) h = mix(h ^ minima[band * ROWS + row]);
    bands[band] = h >>> 3;
  }
  const sketch = new Uint32Array(SKETCH_WORDS);
  minima.forEach((value, bin) => {
    if (mix(value) & 1) sketch[bin >> 5] |= 1 << (bin & 31);
  });
  return { bands, sketch };
}

function ones(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Jaccard similarity of two texts' runs, estimated from their sketches; standard error at most 0.09, 0.05 at 0.8. */
export function similarity(sketches: Uint32Array, a: number, b: number): number {
  let differing = 0;
  for (let i = 0; i < SKETCH_WORDS; i++) {
    differing += ones(sketches[a * SKETCH_WORDS + i] ^ sketches[b * SKETCH_WORDS + i]);
  }
  return Math.max(0, 1 - (2 * differing) / BITS);
}
