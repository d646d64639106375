/** What {@link within} says when the time was over first. */
export const LATE = Symbol('late');

/**
 * Settles as `work` does, or with `LATE` when that takes longer than `milliseconds`. The work itself
 * goes on; what becomes of it then, a failure too, is told to nobody. Leaves no timer behind.
 */
export async function within<T>(
  milliseconds: number,
  work: PromiseLike<T>,
): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
