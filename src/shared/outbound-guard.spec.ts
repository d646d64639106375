import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { guardedLookup, outboundProblem } from './outbound-guard.js';
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

  it('whose name leads to a private address is not connected to', async () => {
    const lookup = guardedLookup(new URL('wss://innocent.example.com/'), RULES);
    const found = await new Promise((resolve) => {
      // A name that leads home on every machine.
      lookup?.('localhost', {}, (error, address) => resolve(error?.code ?? address));
    });
    expect(found).toBe('EPRIVATE');
    expect(guardedLookup(new URL('wss://bot.internal/'), RULES)).toBeUndefined();
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

/** First bytes of networks that are private as a whole, or in what the test makes of them. */
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
  // What is no URL goes nowhere.
  if (!URL.canParse(url)) return;
  expect([host, outboundProblem(new URL(url), { ...RULES, trustedHosts: [] })]).toEqual([
    host,
    'must be a public host, or one that AGENT_ALLOWED_HOSTS lists',
  ]);
}
