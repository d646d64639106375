import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AesSealer, KEY_BYTES, sealingKeyHash } from './aes-sealer.js';

const OLD = randomBytes(KEY_BYTES);
const NEW = randomBytes(KEY_BYTES);
const sealer = new AesSealer({ current: NEW, previous: null });

function seal(plain: Buffer, context: string, by = sealer): Buffer {
  const sealed = by.seal(plain, context);
  if (sealed === null) throw new Error('there is a key');
  return sealed;
}

describe('what is sealed', () => {
  it('is opened again, whatever it is and for whatever context', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.string(), (bytes, context) => {
        const plain = Buffer.from(bytes);
        const sealed = seal(plain, context);
        expect(sealed.length).toBe(plain.length + 37);
        expect(sealer.open(sealed, context)).toEqual({ kind: 'opened', plain, stale: false });
      }),
    );
  });

  it('does not show the text, and is never the same twice', () => {
    const plain = Buffer.from('the words of a caller');
    const sealed = seal(plain, 'handover 1 1');
    expect(sealed.includes(plain)).toBe(false);
    expect(sealed.equals(seal(plain, 'handover 1 1'))).toBe(false);
  });

  it('is not opened once any of its bits is another', () => {
    const sealed = seal(Buffer.from('state'), 'handover 1 1');
    const seen = new Set<string>();
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const opened = sealer.open(changed, 'handover 1 1');
      if (opened.kind === 'opened') throw new Error(`bit ${bit} went unnoticed`);
      seen.add(opened.reason);
    }
    expect([...seen].sort()).toEqual(['damaged', 'other_key', 'unknown_format']);
  });

  it('is not opened when its end is missing, at any length', () => {
    const sealed = seal(Buffer.from('state'), 'handover 1 1');
    for (let length = 0; length < sealed.length; length += 1) {
      const { kind } = sealer.open(sealed.subarray(0, length), 'handover 1 1');
      expect(kind).toBe('unreadable');
    }
  });

  it('is not opened as something else', () => {
    const sealed = seal(Buffer.from('state'), 'handover 1 1');
    expect(sealer.open(sealed, 'handover 1 2')).toEqual({ kind: 'unreadable', reason: 'damaged' });
  });
});

describe('a change of the key', () => {
  const before = new AesSealer({ current: OLD, previous: null });
  const during = new AesSealer({ current: NEW, previous: OLD });

  it('leaves what was sealed before readable, and says that it is stale', () => {
    const plain = Buffer.from('secret');
    expect(during.open(seal(plain, 'account a', before), 'account a')).toEqual({
      kind: 'opened',
      plain,
      stale: true,
    });
  });

  it('seals with the new key from then on', () => {
    const sealed = seal(Buffer.from('secret'), 'account a', during);
    expect(sealer.open(sealed, 'account a')).toMatchObject({ kind: 'opened', stale: false });
    expect(before.open(sealed, 'account a')).toEqual({ kind: 'unreadable', reason: 'other_key' });
  });
});

describe('without a key', () => {
  const none = new AesSealer(null);

  it('nothing is sealed and nothing is opened', () => {
    expect(none.hasKey).toBe(false);
    expect(none.seal(Buffer.from('secret'), 'account a')).toBeNull();
    expect(none.open(seal(Buffer.from('secret'), 'account a'), 'account a')).toEqual({
      kind: 'unreadable',
      reason: 'no_key',
    });
  });
});

it('a key is known by a hash that is its own and not the plain one', () => {
  const hash = sealingKeyHash(Buffer.alloc(KEY_BYTES, 7));
  // Kept in stores, so it may never change.
  expect(hash).toBe('7cb0833941b501d4c096a4cd9e5ccb585c03e90b9e16eb68ab7fe9fbdd3a4399');
  expect(sealingKeyHash(OLD)).not.toBe(sealingKeyHash(NEW));
});
