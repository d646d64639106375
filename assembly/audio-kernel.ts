// The audio kernel in AssemblyScript (https://www.assemblyscript.org), which scripts/build.mjs
// compiles to WebAssembly. src/audio/audio-kernel.ts says what each function does, and
// plain-kernel.ts does the same in TypeScript; a spec compares the two bit for bit. Everything works on
// four numbers at a time, so up to three more than asked for are read and written.

/** G.711 adds this to the magnitude of a sample, and clips before it does. */
const BIAS: i32 = 0x84;
const CLIP: i32 = 32_635;
/**
 * With its bias a magnitude of μ-law is a small floating-point number: three bits of exponent (2⁷ to
 * 2¹⁴), four of mantissa. In a 32-bit float they stand from bit 19 on, the exponent with an offset of
 * 127. So the processor's own conversion does what the standard describes with shifts.
 */
const CODE_SHIFT: i32 = 19;
const EXPONENT: i32 = (127 + 7) << 4;
/** A code stands for the middle of its step. */
const HALF_STEP: i32 = 1 << (CODE_SHIFT - 1);
/** Weights are in parts of 2¹⁴. */
const WEIGHT_BITS: i32 = 14;

export function decodeMulaw(from: usize, to: usize, count: i32): void {
  const ones = i32x4.splat(0xff);
  const magnitudes = i32x4.splat(0x7f);
  const offset = i32x4.splat((EXPONENT << CODE_SHIFT) + HALF_STEP);
  const bias = i32x4.splat(BIAS);
  for (let done = 0; done < count; done += 4) {
    const codes = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from)));
    const inverted = v128.xor(codes, ones);
    const float = i32x4.add(i32x4.shl(v128.and(inverted, magnitudes), CODE_SHIFT), offset);
    const magnitude = i32x4.sub(i32x4.trunc_sat_f32x4_s(float), bias);
    // All ones where the sample is negative, so that this is −magnitude there.
    const sign = i32x4.shr_s(i32x4.shl(inverted, 24), 31);
    const samples = i32x4.sub(v128.xor(magnitude, sign), sign);
    v128.store64_lane(to, i16x8.narrow_i32x4_s(samples, samples), 0);
    from += 4;
    to += 8;
  }
}

export function encodeMulaw(from: usize, to: usize, count: i32): void {
  const clip = i32x4.splat(CLIP);
  const bias = i32x4.splat(BIAS);
  const exponent = i32x4.splat(EXPONENT);
  const negative = i32x4.splat(0x80);
  const ones = i32x4.splat(0xff);
  for (let done = 0; done < count; done += 4) {
    const samples = v128.load16x4_s(from);
    const magnitude = i32x4.add(i32x4.min_s(i32x4.abs(samples), clip), bias);
    const float = f32x4.convert_i32x4_s(magnitude);
    const code = i32x4.sub(i32x4.shr_u(float, CODE_SHIFT), exponent);
    const sign = v128.and(i32x4.shr_s(samples, 31), negative);
    const codes = v128.xor(v128.or(code, sign), ones);
    const words = i16x8.narrow_i32x4_s(codes, codes);
    v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
    from += 8;
    to += 4;
  }
}

export function filter(
  from: usize,
  step: i32,
  row: usize,
  taps: i32,
  to: usize,
  stride: i32,
  count: i32,
): void {
  const half = i32x4.splat(1 << (WEIGHT_BITS - 1));
  const hop: usize = <usize>step * 2;
  const skip: usize = <usize>stride * 2;
  const end: usize = row + <usize>taps * 2;
  for (let done = 0; done < count; done += 4) {
    // Four outputs share the loading of the weights, and none waits for another's sum.
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    let at = from;
    for (let weight = row; weight < end; weight += 16) {
      const weights = v128.load(weight);
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load(at), weights));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load(at + hop), weights));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load(at + 2 * hop), weights));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(at + 3 * hop), weights));
      at += 16;
    }
    // Each holds its sum in four parts: they are put side by side and added.
    const ab = i32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
    const cd = i32x4.add(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7));
    const sums = i32x4.add(i32x4.shuffle(ab, cd, 0, 1, 4, 5), i32x4.shuffle(ab, cd, 2, 3, 6, 7));
    const rounded = i32x4.shr_s(i32x4.add(sums, half), WEIGHT_BITS);
    const outputs = i16x8.narrow_i32x4_s(rounded, rounded);
    v128.store16_lane(to, outputs, 0);
    v128.store16_lane(to + skip, outputs, 1);
    v128.store16_lane(to + 2 * skip, outputs, 2);
    v128.store16_lane(to + 3 * skip, outputs, 3);
    from += 4 * hop;
    to += 4 * skip;
  }
}
