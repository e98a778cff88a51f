// Inner loops of reading weights and of resampling frames, 4 to 16 values at a time. AssemblyScript; npm run kernels compiles it into kernels.wasm.ts.
// Leaves out: remainders. Counts are multiples of 8 (widen), 16 (spread, down) and 32 (quantize); memory is laid out by those who call.

/** Values that share a scale. */
const BLOCK: usize = 32;

/** bf16 bits at src → f32 values at dst. */
export function widen(src: usize, dst: usize, count: usize): void {
  for (let end = src + count * 2; src < end; src += 16, dst += 32) {
    const bits = v128.load(src);
    v128.store(dst, i32x4.shl(i32x4.extend_low_i16x8_u(bits), 16));
    v128.store(dst, i32x4.shl(i32x4.extend_high_i16x8_u(bits), 16), 16);
  }
}

/** Magnitudes of 4 bf16 values, as f32 bits → those of the nearest f16 values, as integers; wrong from 65536 on. */
// @ts-ignore: decorator
@inline
function half(bits: v128): v128 {
  // Above 2^-14 the exponent moves and 7 bits of fraction become 10. Below, adding 0.5 leaves the multiple of 2^-24, rounded to nearest, even.
  const normal = i32x4.shr_u(i32x4.sub(bits, i32x4.splat(112 << 23)), 13);
  const below = i32x4.sub(f32x4.add(bits, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  return v128.bitselect(normal, below, i32x4.ge_s(bits, i32x4.splat(113 << 23)));
}

/** bf16 bits at src → f16 bits at dst. Returns 0 where a value is beyond f16. */
export function narrow(src: usize, dst: usize, count: usize): i32 {
  let most = i16x8.splat(0);
  for (let end = src + count * 2; src < end; src += 16, dst += 16) {
    const bits = v128.load(src);
    const size = v128.and(bits, i16x8.splat(0x7fff));
    most = i16x8.max_s(most, size);
    const low = half(i32x4.shl(i32x4.extend_low_i16x8_u(size), 16));
    const high = half(i32x4.shl(i32x4.extend_high_i16x8_u(size), 16));
    v128.store(dst, v128.or(i16x8.narrow_i32x4_s(low, high), v128.and(bits, i16x8.splat(<i16>0x8000))));
  }
  return i32(!v128.any_true(i16x8.ge_s(most, i16x8.splat(0x4780))));
}

// @ts-ignore: decorator
@inline
function magnitude(at: usize): v128 {
  return v128.and(v128.load(at), i32x4.splat(0x7fffffff));
}

/** The largest magnitude of a block, as bits: as integers they are in the same order, infinities and what is no number last. */
// @ts-ignore: decorator
@inline
function largest(values: usize): i32 {
  let most = magnitude(values);
  for (let i: usize = 16; i < BLOCK * 4; i += 16) most = i32x4.max_s(most, magnitude(values + i));
  most = i32x4.max_s(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  most = i32x4.max_s(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return i32x4.extract_lane(most, 0);
}

/** The first value of that magnitude. */
// @ts-ignore: decorator
@inline
function first(values: usize, bits: i32): f32 {
  const wanted = i32x4.splat(bits);
  let mask: u32 = 0;
  for (let i: usize = 0; i < BLOCK * 4; i += 16)
    mask |= u32(i32x4.bitmask(i32x4.eq(magnitude(values + i), wanted))) << u32(i >> 2);
  return load<f32>(values + usize(ctz(mask)) * 4);
}

/** Codes of 4 values, as integers. */
// @ts-ignore: decorator
@inline
function codes(at: usize, inverse: v128, half: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(v128.load(at), inverse), half));
}

/** Codes of 16 values, a byte each, at most 255. */
// @ts-ignore: decorator
@inline
function bytes(at: usize, inverse: v128, half: v128): v128 {
  return i8x16.narrow_i16x8_u(
    i16x8.narrow_i32x4_s(codes(at, inverse, half), codes(at + 16, inverse, half)),
    i16x8.narrow_i32x4_s(codes(at + 32, inverse, half), codes(at + 48, inverse, half)),
  );
}

/** 16 codes → 8 lanes of two: the earlier in the lower 4 bits. */
// @ts-ignore: decorator
@inline
function pairs(at: usize, inverse: v128, half: v128): v128 {
  const sixteen = i8x16.min_u(bytes(at, inverse, half), i8x16.splat(15));
  return v128.and(v128.or(sixteen, i16x8.shr_u(sixteen, 4)), i16x8.splat(0xff));
}

/**
 * f32 values in blocks of 32 → codes of `bits` (8 or 4) at blocks, f32 scales at scales; engine/quantized.ts says what they mean.
 * Returns 0 where a value is no finite number.
 */
export function quantize(values: usize, blocks: usize, scales: usize, count: usize, bits: i32): i32 {
  const zero = f32(1 << (bits - 1));
  const half = f32x4.splat(zero + 0.5);
  for (let end = values + count * 4; values < end; values += BLOCK * 4, scales += 4) {
    const most = largest(values);
    if (most >= 0x7f800000) return 0;
    const scale = first(values, most) / -zero;
    // A scale below the normal range would have an infinite inverse: such a block is zero.
    const tiny = abs(scale) < f32.MIN_NORMAL_VALUE;
    store<f32>(scales, tiny ? 0 : scale);
    const inverse = f32x4.splat(tiny ? 0 : 1 / scale);
    if (bits == 8) {
      v128.store(blocks, bytes(values, inverse, half));
      v128.store(blocks, bytes(values + 64, inverse, half), 16);
      blocks += 32;
    } else {
      v128.store(blocks, i8x16.narrow_i16x8_u(pairs(values, inverse, half), pairs(values + 64, inverse, half)));
      blocks += 16;
    }
  }
  return 1;
}

// @ts-ignore: decorator
@inline
function spreadFour(dst: usize, words: v128): void {
  v128.store(dst, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words)));
  v128.store(dst, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(words)), 16);
}

/** Bytes at src → f32 values at dst. */
export function spread(src: usize, dst: usize, count: usize): void {
  for (let end = src + count; src < end; src += 16, dst += 64) {
    const bytes = v128.load(src);
    spreadFour(dst, i16x8.extend_low_i8x16_u(bytes));
    spreadFour(dst + 32, i16x8.extend_high_i8x16_u(bytes));
  }
}

/**
 * A row of RGB in f32 at src → one of `width` pixels at dst: pixel x is the sum of count[x] pixels from first[x] on, each by its weight of
 * weights [width, taps]. Reads and writes one value beyond either row.
 */
export function across(src: usize, dst: usize, width: usize, first: usize, count: usize, weights: usize, taps: usize): void {
  for (let end = dst + width * 12; dst < end; dst += 12, first += 4, count += 4, weights += taps * 4) {
    let from = src + usize(load<u32>(first)) * 12;
    let sum = f32x4.splat(0);
    for (let w = weights, last = weights + usize(load<u32>(count)) * 4; w < last; w += 4, from += 12)
      sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load32_splat(w)));
    v128.store(dst, sum);
  }
}

// @ts-ignore: decorator
@inline
function rounded(sum: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(sum));
}

/**
 * The sum of `count` rows of f32 values, each by its weight, rounded half to even and clamped → `length` bytes at dst. Rows lie `stride` bytes apart in a
 * ring of `slots`, the first in slot `slot`.
 */
export function down(ring: usize, stride: usize, slots: usize, slot: usize, count: usize, weights: usize, dst: usize, length: usize): void {
  const last = weights + count * 4;
  const limit = ring + slots * stride;
  const start = ring + slot * stride;
  for (let i: usize = 0; i < length; i += 16) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    let row = start;
    for (let w = weights; w < last; w += 4) {
      const weight = v128.load32_splat(w);
      const at = row + i * 4;
      a = f32x4.add(a, f32x4.mul(v128.load(at), weight));
      b = f32x4.add(b, f32x4.mul(v128.load(at, 16), weight));
      c = f32x4.add(c, f32x4.mul(v128.load(at, 32), weight));
      d = f32x4.add(d, f32x4.mul(v128.load(at, 48), weight));
      row += stride;
      if (row == limit) row = ring;
    }
    const low = i16x8.narrow_i32x4_s(rounded(a), rounded(b));
    const high = i16x8.narrow_i32x4_s(rounded(c), rounded(d));
    v128.store(dst + i, i8x16.narrow_i16x8_u(low, high));
  }
}
