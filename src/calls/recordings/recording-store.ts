/**
 * Where the finished segments of recordings are kept: a folder, or a bucket. A
 * segment is a WAV of up to half a megabyte. What is where is in the table
 * `recording_segments`, so a store is never listed.
 *
 * Locations outlive settings: a segment is read from and erased at the location in its
 * row, whichever store is configured by then.
 *
 * A method throws {@link RecordingStoreError} when the store does not answer or refuses,
 * and may be repeated then.
 */
export abstract class RecordingStore {
  /** What the doctor calls it, such as `s3://bucket/prefix`. */
  abstract readonly title: string;

  /** Where the store keeps a segment with this name. Asks nobody. */
  abstract locationOf(name: string): string;

  /** Whether it is a location of this store. Asks nobody. */
  abstract has(location: string): boolean;

  /**
   * Puts a local file at a location, over what is there, whole or not at all. The file may
   * be gone afterwards. Called once for each segment, every 30 s for each call that is
   * recorded, and again after a throw.
   */
  abstract put(location: string, file: string): Promise<void>;

  /**
   * Reads the bytes from `from` up to `to`, fewer where there are fewer; null: nothing is there.
   * Called while somebody fetches a recording, for at most a megabyte at a time.
   */
  abstract read(location: string, from: number, to: number): Promise<Buffer | null>;

  /** Erases what is at a location; resolves when nothing is there. */
  abstract erase(location: string): Promise<void>;

  /** Puts, reads and erases a small object, as the doctor does; resolves when all of it worked. */
  abstract probe(): Promise<void>;
}

/** The message says what is wrong in words for an operator; it holds no credentials. */
export class RecordingStoreError extends Error {
  override readonly name = 'RecordingStoreError';
}
