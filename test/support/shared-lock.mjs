/** In place of the instance lock: admits every instance to a PostgreSQL store. */
export const EVERYBODY = {
  exclusive: false,
  take: () =>
    Promise.resolve({
      direct: true,
      isFresh: true,
      beat: () => Promise.resolve(true),
      release: () => Promise.resolve(),
    }),
};
