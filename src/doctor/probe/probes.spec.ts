import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { Probes } from './probes.js';

const by = (url: string, nonce?: string): IncomingMessage =>
  ({
    url,
    headers: nonce === undefined ? {} : { 'x-patchbay-probe': nonce },
  }) as unknown as IncomingMessage;

describe('a nonce of the doctor', () => {
  it('is valid once, in the header on any path', () => {
    const probes = new Probes();
    const nonce = probes.issue();
    expect(probes.redeem(by('/any/path?x=1', nonce))).toBe(true);
    expect(probes.redeem(by('/any/path?x=1', nonce))).toBe(false);
  });

  it('is valid as the last part of a path, whatever the query', () => {
    const probes = new Probes();
    const nonce = probes.issue();
    expect(probes.redeem(by(`/${nonce}/more`))).toBe(false);
    expect(probes.redeem(by(`/api/${nonce}?x=/y`))).toBe(true);
    expect(probes.redeem(by(`/api/${nonce}`))).toBe(false);
  });

  it('is invalid if it was never made, or was revoked', () => {
    const probes = new Probes();
    const nonce = probes.issue();
    const kept = probes.issue();
    probes.revoke(nonce);
    expect(probes.redeem(by('/', nonce))).toBe(false);
    expect(probes.redeem(by('/', 'x'.repeat(32)))).toBe(false);
    expect(probes.redeem(by('/'))).toBe(false);
    expect(probes.redeem(by('/', kept))).toBe(true);
  });

  it('is forgotten, oldest first, if many are never used', () => {
    const probes = new Probes();
    const nonces = Array.from({ length: 300 }, () => probes.issue());
    expect(probes.redeem(by('/', nonces[0]))).toBe(false);
    expect(probes.redeem(by('/', nonces[299]))).toBe(true);
  });
});
