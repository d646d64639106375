import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { Sealer, type Opened } from './sealer.js';

export const KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';
/** The first byte of what is sealed. Another layout gets another number. */
const FORMAT = 1;
const ID_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const IV_AT = 1 + ID_BYTES;
const TEXT_AT = IV_AT + IV_BYTES;

/** The keys that are configured: the one that seals, and one that may still open. */
export interface SealingKeys {
  current: Buffer;
  previous: Buffer | null;
}

/** Identifies a key without telling it: SHA-256 in hex, of the key and a name of our own. */
export function sealingKeyHash(key: Buffer): string {
  return createHash('sha256').update('patchbay credentials key\0').update(key).digest('hex');
}

/**
 * AES-256-GCM. Laid out as format (1 byte), key id (8), IV (12), ciphertext, tag (16); the head and
 * the context are authenticated with the text.
 */
export class AesSealer extends Sealer {
  readonly hasKey: boolean;
  readonly keyHash: string | null;

  /** @param keys each of {@link KEY_BYTES} bytes; null: no key is configured */
  constructor(private readonly keys: SealingKeys | null) {
    super();
    this.hasKey = keys !== null;
    this.keyHash = keys && sealingKeyHash(keys.current);
  }

  seal(plain: Buffer, context: string): Buffer | null {
    if (this.keys === null) return null;
    const { current } = this.keys;
    const head = Buffer.concat([Buffer.of(FORMAT), idOf(current)]);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, keyFor(current, context), iv);
    cipher.setAAD(associated(head, context));
    const text = [cipher.update(plain), cipher.final()];
    return Buffer.concat([head, iv, ...text, cipher.getAuthTag()]);
  }

  open(sealed: Buffer, context: string): Opened {
    if (this.keys === null) return { kind: 'unreadable', reason: 'no_key' };
    if (sealed.length < TEXT_AT + TAG_BYTES || sealed[0] !== FORMAT) {
      return { kind: 'unreadable', reason: 'unknown_format' };
    }
    const id = sealed.subarray(1, IV_AT);
    const { current, previous } = this.keys;
    if (id.equals(idOf(current))) return decrypt(sealed, current, context, false);
    if (previous !== null && id.equals(idOf(previous))) {
      return decrypt(sealed, previous, context, true);
    }
    return { kind: 'unreadable', reason: 'other_key' };
  }
}

function decrypt(sealed: Buffer, key: Buffer, context: string, stale: boolean): Opened {
  const iv = sealed.subarray(IV_AT, TEXT_AT);
  const decipher = createDecipheriv(CIPHER, keyFor(key, context), iv, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associated(sealed.subarray(0, IV_AT), context));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const text = decipher.update(sealed.subarray(TEXT_AT, -TAG_BYTES));
  try {
    return { kind: 'opened', plain: Buffer.concat([text, decipher.final()]), stale };
  } catch {
    return { kind: 'unreadable', reason: 'damaged' };
  }
}

/**
 * Each context has a key of its own. A random IV is safe for some 2^32 texts under one key, which
 * the checkpoints of many instances would reach in weeks; under the key of one context nobody
 * comes near it.
 */
function keyFor(key: Buffer, context: string): Buffer {
  return createHmac('sha256', key).update(context).digest();
}

function associated(head: Buffer, context: string): Buffer {
  return Buffer.concat([head, Buffer.from(context)]);
}

function idOf(key: Buffer): Buffer {
  return Buffer.from(sealingKeyHash(key), 'hex').subarray(0, ID_BYTES);
}
