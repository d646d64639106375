/** The result of {@link within} when the time was over first. */
export const LATE = Symbol('late');

/**
 * Settles as `work` does, or with `LATE` when that takes longer than `milliseconds`. The work
 * itself continues; its later result, including a failure, is ignored. Leaves no timer behind.
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
