import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Refusals } from '../../calls/refusals.js';
import { AccessSettings } from '../../config/settings.js';
import { Probes } from './probes.js';

const by = (url: string, nonce?: string): IncomingMessage =>
  ({
    url,
    headers: nonce === undefined ? {} : { 'x-patchbay-probe': nonce },
  }) as unknown as IncomingMessage;
const refusals = (ignore: (isIgnored: (runId: number) => boolean) => void): Refusals =>
  ({ ignore }) as unknown as Refusals;
const open = (apiKey: string | null = null): Probes =>
  new Probes(
    new AccessSettings({ apiKey }),
    refusals(() => undefined),
  );
const KEY = 'a-key-of-the-settings-0123456789';

describe('a nonce of the doctor', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is valid once, in the header on any path', () => {
    const probes = open();
    const nonce = probes.issue();
    expect(probes.redeem(by('/any/path?x=1', nonce))).toBe(true);
    expect(probes.redeem(by('/any/path?x=1', nonce))).toBe(false);
  });

  it('is valid as the last part of a path, whatever the query', () => {
    const probes = open();
    const nonce = probes.issue();
    expect(probes.redeem(by(`/${nonce}/more`))).toBe(false);
    expect(probes.redeem(by(`/api/${nonce}?x=/y`))).toBe(true);
    expect(probes.redeem(by(`/api/${nonce}`))).toBe(false);
  });

  it('is invalid if it was never made, was changed, or was revoked', () => {
    const probes = open();
    const nonce = probes.issue();
    const kept = probes.issue();
    probes.revoke(nonce);
    expect(probes.redeem(by('/', nonce))).toBe(false);
    expect(probes.redeem(by('/', 'x'.repeat(kept.length)))).toBe(false);
    expect(probes.redeem(by('/'))).toBe(false);
    for (const at of [0, 20, kept.length - 1]) {
      const other = kept[at] === 'A' ? 'B' : 'A';
      expect(probes.redeem(by('/', kept.slice(0, at) + other + kept.slice(at + 1)))).toBe(false);
    }
    expect(probes.redeem(by('/', kept))).toBe(true);
  });

  it('is invalid after a minute', () => {
    jest.useFakeTimers();
    const probes = open();
    const [early, late] = [probes.issue(), probes.issue()];
    jest.advanceTimersByTime(59_999);
    expect(probes.redeem(by('/', early))).toBe(true);
    jest.advanceTimersByTime(1);
    expect(probes.redeem(by('/', late))).toBe(false);
    expect(probes.redeem(by('/', early))).toBe(false);
  });

  it('is valid at another instance with the same key, and at no other service', () => {
    const nonce = open(KEY).issue();
    expect(open(`${KEY}-other`).redeem(by('/', nonce))).toBe(false);
    expect(open().redeem(by('/', nonce))).toBe(false);
    expect(open(KEY).redeem(by('/', nonce))).toBe(true);
  });
});

describe('a run of the doctor', () => {
  /** Which runs an instance with this key records no refusals of. */
  const ignoredAt = (apiKey: string): ((runId: number) => boolean) => {
    let isIgnored: (runId: number) => boolean = () => false;
    const settings = new AccessSettings({ apiKey });
    new Probes(
      settings,
      refusals((known) => (isIgnored = known)),
    ).onModuleInit();
    return isIgnored;
  };

  it('is no run, and known to every instance with the same key, and to no other', () => {
    const runIds = Array.from({ length: 100 }, () => open(KEY).runId());
    for (const runId of runIds) expect(runId).toBeGreaterThanOrEqual(2 ** 52);
    expect(runIds.every(Number.isSafeInteger)).toBe(true);
    expect(runIds.every(ignoredAt(KEY))).toBe(true);
    expect(runIds.some(ignoredAt(`${KEY}-of-others`))).toBe(false);
  });

  it('is nothing that a run or a stranger’s number is taken for', () => {
    const isIgnored = ignoredAt(KEY);
    const runId = open(KEY).runId();
    expect([1, 2 ** 52, runId + 1, runId - 2 ** 52].some(isIgnored)).toBe(false);
    expect(isIgnored(runId)).toBe(true);
  });
});
