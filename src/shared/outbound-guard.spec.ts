import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LookupOptions } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import * as fc from 'fast-check';
import { startDnsServer, type DnsServer } from '../../test/support/dns-server.js';
import { guardedLookup, lookUpBy, outboundProblem } from './outbound-guard.js';
import { isPrivateAddress } from './private-address.js';

const RULES = {
  schemes: ['wss', 'ws'] as const,
  trustedHosts: ['bot.internal', '127.0.0.1', '::1'],
  setting: 'AGENT_ALLOWED_HOSTS',
};

describe('a URL that a user chose', () => {
  it.each([
    ['wss://bot.example.com/stream', null],
    ['wss://8.8.8.8/', null],
    ['ws://bot.internal:8080/', null],
    ['wss://BOT.internal/', null],
    ['ws://127.0.0.1:9/', null],
    ['ws://[::1]:9/', null],
    ['ws://bot.example.com/', 'must be wss'],
    ['https://bot.example.com/', 'must be wss'],
    ['https://bot.internal/', 'must be wss or ws'],
    ['wss://me:secret@bot.example.com/', 'must not carry'],
    ['wss://localhost/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://bot/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://other.internal/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://10.0.0.7/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://[::ffff:10.0.0.7]/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://0xa.7/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://169.254.169.254/latest', 'AGENT_ALLOWED_HOSTS'],
    ['wss://168.63.129.16/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://[::ffff:0:7f00:1]/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://[64:ff9b::7f00:1]/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://[::]/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://0/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://10.1/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://012.0.0.1./', 'AGENT_ALLOWED_HOSTS'],
    ['wss://167772161/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://10。0。0。1/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://localhost./', 'AGENT_ALLOWED_HOSTS'],
    ['wss://ｌocalhost/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://a.localhost../', 'AGENT_ALLOWED_HOSTS'],
    ['wss://metadata.google.internal./', 'AGENT_ALLOWED_HOSTS'],
    ['wss://Printer.Local/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://router.home.arpa/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://db.localdomain/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://bot./', 'AGENT_ALLOWED_HOSTS'],
    ['wss://bot.internal./', null],
    ['wss://bot.example.com./', null],
    ['wss://internal.example.com/', null],
    ['wss://notlocal/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://my-local.example/', null],
    ['wss://[2606:4700::1111]/', null],
  ])('%s: %s', (url, problem) => {
    const found = outboundProblem(new URL(url), RULES);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toContain(problem);
  });

  it('is looked up in the usual way where its host is trusted, and only there', () => {
    expect(guardedLookup(new URL('wss://bot.internal/'), RULES)).toBeUndefined();
    expect(guardedLookup(new URL('wss://bot.internal./'), RULES)).toBeUndefined();
    expect(guardedLookup(new URL('wss://bot.example.com/'), RULES)).toBeDefined();
  });

  it('with an address that is not public is refused in every notation', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PRIVATE_NETWORKS), fc.nat(0xff_ffff), (first, rest) => {
        const [a, b, c, d] = [first, (rest >> 16) & 0xff, (rest >> 8) & 0xff, rest & 0xff];
        for (const host of notationsOf(a, b, c, d)) expectRefused(host);
      }),
    );
  });

  it('with a public IPv4 address is accepted in every notation of IPv4', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x0100_0000, max: 0xdfff_ffff }), (address) => {
        const parts = [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);
        fc.pre(!isPrivateAddress(parts.join('.')));
        for (const host of [parts.join('.'), `${address}`, `0x${address.toString(16)}`]) {
          expect([host, outboundProblem(new URL(`wss://${host}/`), RULES)]).toEqual([host, null]);
        }
      }),
    );
  });
});

describe('a name that a user chose', () => {
  let server: DnsServer;
  const resolvers: Resolver[] = [];

  beforeAll(async () => {
    server = await startDnsServer({
      'both.example.com': { A: [[8, 8, 8, 8]], AAAA: [[0x26, 0x06, 0x47, ...zeros(12), 1]] },
      'four.example.com': {
        A: [
          [8, 8, 8, 8],
          [9, 9, 9, 9],
        ],
      },
      'private.example.com': { A: [[10, 0, 0, 7]] },
      'half-private.example.com': { A: [[8, 8, 8, 8]], AAAA: [[...zeros(15), 1]] },
      'cloud.example.com': {
        A: [
          [8, 8, 8, 8],
          [168, 63, 129, 16],
        ],
      },
      'never.example.com': null,
    });
  });
  afterEach(() => {
    for (const resolver of resolvers.splice(0)) resolver.cancel();
  });
  afterAll(() => server.stop());

  const look = (name: string, options: LookupOptions = {}) =>
    new Promise<unknown>((resolve) => {
      const resolver = new Resolver({ timeout: 60_000, tries: 1 });
      resolver.setServers([server.address]);
      resolvers.push(resolver);
      lookUpBy(resolver, name, options, (error, address, family) =>
        resolve(error?.code ?? (family === undefined ? address : [address, family])),
      );
    });

  it.each([
    ['both.example.com', {}, ['8.8.8.8', 4]],
    ['both.example.com', { family: 6 }, ['2606:4700::1', 6]],
    ['four.example.com', { family: 6 }, 'ENOTFOUND'],
    ['private.example.com', {}, 'EPRIVATE'],
    ['half-private.example.com', {}, 'EPRIVATE'],
    ['half-private.example.com', { family: 4 }, ['8.8.8.8', 4]],
    ['cloud.example.com', { all: true }, 'EPRIVATE'],
    ['nowhere.example.com', {}, 'ENOTFOUND'],
  ])('%s, %j: %j', async (name, options, expected) => {
    expect(await look(name, options)).toEqual(expected);
  });

  it('returns all its addresses where all are requested', async () => {
    expect(await look('four.example.com', { all: true })).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '9.9.9.9', family: 4 },
    ]);
  });

  it('does not delay other names, nor the process’s own lookups, when no server answers for it', async () => {
    const pending = new Set<Promise<unknown>>();
    for (let count = 0; count < 50; count += 1) {
      const looking: Promise<unknown> = look('never.example.com').finally(() =>
        pending.delete(looking),
      );
      pending.add(looking);
    }
    expect(await look('both.example.com')).toEqual(['8.8.8.8', 4]);
    await lookup('localhost');
    expect(pending.size).toBe(50);
    const all = [...pending];
    for (const resolver of resolvers) resolver.cancel();
    expect(new Set(await Promise.all(all))).toEqual(new Set(['EAI_AGAIN']));
  });
});

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

/** First bytes of networks that are private as a whole, or in the part that the test uses. */
const PRIVATE_NETWORKS = [0, 10, 127, 224, 239, 240, 255];

function notationsOf(a: number, b: number, c: number, d: number): string[] {
  const dotted = `${a}.${b}.${c}.${d}`;
  const whole = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const hex = (high: number, low: number): string => (high * 256 + low).toString(16);
  const words = `${hex(a, b)}:${hex(c, d)}`;
  const octal = [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.');
  return [
    dotted,
    `${dotted}.`,
    String(whole),
    `0x${whole.toString(16)}`,
    octal,
    `${a}.${b * 65_536 + c * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `[::ffff:${words}]`,
    `[::ffff:${dotted}]`,
    `[0:0:0:0:0:FFFF:${words}]`,
    `[::${words}]`,
    `[::ffff:0:${words}]`,
    `[64:ff9b::${words}]`,
    `[64:ff9b:1::${words}]`,
    `[2002:${words}::1]`,
  ];
}

function expectRefused(host: string): void {
  const url = `wss://${host}/`;
  // A text that is not a URL leads nowhere.
  if (!URL.canParse(url)) return;
  expect([host, outboundProblem(new URL(url), { ...RULES, trustedHosts: [] })]).toEqual([
    host,
    'must be a public host, or one that AGENT_ALLOWED_HOSTS lists',
  ]);
}
