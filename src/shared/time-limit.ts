/**
 * A signal that fires after `milliseconds` with a `TimeoutError`, or as soon as one of `others`
 * does. In place of `AbortSignal.any` over `AbortSignal.timeout`, which Node (20.20) may collect
 * as garbage while somebody waits for it, and which then never fires.
 */
export function timeLimit(milliseconds: number, ...others: AbortSignal[]): AbortSignal {
  const late = new AbortController();
  setTimeout(() => {
    late.abort(new DOMException('The time is over', 'TimeoutError'));
  }, milliseconds).unref();
  return AbortSignal.any([...others, late.signal]);
}
