import { describe, expect, it } from '@jest/globals';
import { guardedLookup, outboundProblem } from './outbound-guard.js';

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
});
