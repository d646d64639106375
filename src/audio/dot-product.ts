/**
 * The sum of `count` products of elements of two arrays, each from its own offset on.
 * The audio code spends nearly all its time here. Four sums need not wait for
 * one another, and a fallback for elements that always exist would double the time.
 */
export function dotProduct(
  left: Float64Array,
  leftFrom: number,
  right: Float64Array,
  rightFrom: number,
  count: number,
): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let index = 0;
  for (; index + 3 < count; index += 4) {
    a += left[leftFrom + index]! * right[rightFrom + index]!;
    b += left[leftFrom + index + 1]! * right[rightFrom + index + 1]!;
    c += left[leftFrom + index + 2]! * right[rightFrom + index + 2]!;
    d += left[leftFrom + index + 3]! * right[rightFrom + index + 3]!;
  }
  for (; index < count; index++) a += left[leftFrom + index]! * right[rightFrom + index]!;
  return a + b + c + d;
}
