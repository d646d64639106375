import { describe, expect, it } from '@jest/globals';
import { hashToken, isTokenShaped, mintToken } from './stream-token.js';

describe('stream tokens', () => {
  it('are 32 random bytes that fit a URL', () => {
    const tokens = Array.from({ length: 100 }, mintToken);
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) {
      expect(isTokenShaped(token)).toBe(true);
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    }
  });

  it('are stored as their SHA-256', () => {
    expect(hashToken('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it.each(['', 'abc', `${'a'.repeat(43)}=`, `${'a'.repeat(42)} `, 'a'.repeat(10_000)])(
    'are distinguished from other texts',
    (text) => {
      expect(isTokenShaped(text)).toBe(false);
    },
  );
});
