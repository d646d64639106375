/**
 * What became of sealed bytes.
 * - `opened`: `stale` where they were sealed with the key before; whoever keeps them seals them anew
 * - `unreadable`: `no_key` (none is configured), `other_key` (sealed with a key that is not
 *   configured), `unknown_format` (of a later release, or never sealed), `damaged` (changed since,
 *   or sealed for another context)
 */
export type Opened =
  | { kind: 'opened'; plain: Buffer; stale: boolean }
  | { kind: 'unreadable'; reason: 'no_key' | 'other_key' | 'unknown_format' | 'damaged' };

/**
 * Encrypts what is kept in the store and must not be read there: what one instance hands over to
 * another, and the secrets of carrier accounts. The key is `CREDENTIALS_KEY`.
 *
 * Called a few times for each call that moves, never for each frame. It does not wait, and throws
 * nothing: what cannot be read is an outcome.
 */
export abstract class Sealer {
  /** Whether there is a key. Without one nothing can be sealed or opened. */
  abstract readonly hasKey: boolean;

  /** Identifies the key that seals, without telling it; null: there is none. */
  abstract readonly keyHash: string | null;

  /**
   * Encrypts bytes of any length, none included, so that a change is noticed.
   *
   * @param context what the bytes are and whose, such as `handover 789 3`; only the same text opens
   *   them, so they cannot be passed off as something else. It is not secret and not stored.
   * @returns the sealed bytes, 37 longer than `plain`; null: there is no key
   */
  abstract seal(plain: Buffer, context: string): Buffer | null;

  /** Decrypts what {@link seal} made with this key or with the one before. */
  abstract open(sealed: Buffer, context: string): Opened;
}
