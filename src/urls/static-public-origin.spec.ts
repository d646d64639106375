import { describe, expect, it } from '@jest/globals';
import { StaticPublicOrigin } from './static-public-origin.js';

describe('a public origin that is configured', () => {
  it('is always the same', async () => {
    const origin = new StaticPublicOrigin('https://calls.example.com/pbx');
    expect(await origin.current()).toBe('https://calls.example.com/pbx');
    expect(await origin.refreshForDial()).toBe('https://calls.example.com/pbx');
    expect(origin.peek()).toBe('https://calls.example.com/pbx');
    expect(origin.report()).toEqual({
      source: 'static',
      origin: 'https://calls.example.com/pbx',
      asOf: null,
      stale: false,
      lastError: null,
      fix: null,
    });
  });

  it('says if it is the simulated carrier’s', () => {
    expect(new StaticPublicOrigin('https://gateway.test', 'simulated').report().source).toBe(
      'simulated',
    );
  });
});
