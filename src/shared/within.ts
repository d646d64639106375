/** The result of {@link within} when the time was over first. */
export const LATE = Symbol('late');

/**
 * Settles as `work` does, or with `LATE` when that takes longer than `milliseconds`. The work
 * itself continues; its later result, including a failure, is ignored. Leaves no timer behind.
 */
export function within<T>(milliseconds: number, work: PromiseLike<T>): Promise<T | typeof LATE> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(LATE), milliseconds);
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
