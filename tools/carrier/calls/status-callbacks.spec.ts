import { afterEach, describe, expect, it } from '@jest/globals';
import type { CallbackBehaviour } from './call-behaviour.js';
import { SpecPair } from '../spec-carrier.js';

let pair: SpecPair;

afterEach(() => pair.stop());

const byName = (one: string | null, other: string | null) => (one ?? '').localeCompare(other ?? '');

/** Which of a busy call's `initiated`, `ringing` and `busy` arrive. */
async function arrivals(callbacks: CallbackBehaviour, seed = 1) {
  pair = await SpecPair.start({ seed, behaviour: { outcome: 'busy', ringMs: 20, callbacks } });
  const call = await pair.dial();
  await call.settled;
  return { call, statuses: pair.statuses('/status') };
}

describe('status callbacks', () => {
  it('may come twice, the second equal to the first', async () => {
    const { statuses } = await arrivals({ doubled: true });
    expect(statuses.sort(byName)).toEqual([
      'busy',
      'busy',
      'initiated',
      'initiated',
      'ringing',
      'ringing',
    ]);
    const bodies = pair.gateway.seen('/status').map(({ fields }) => fields.toString());
    expect(new Set(bodies).size).toBe(3);
  });

  it('may come in any chosen order', async () => {
    const { statuses } = await arrivals({ shuffled: (order) => order.reverse() });
    expect(statuses).toEqual(['busy', 'ringing', 'initiated']);
  });

  it('may be lost', async () => {
    const { call, statuses } = await arrivals({ dropped: ['busy', 'initiated'] });
    expect(statuses).toEqual(['ringing']);
    expect(call.callbacks.filter(({ dropped }) => dropped)).toHaveLength(2);
  });

  it('may be late', async () => {
    const before = performance.now();
    await arrivals({ delayMs: [300, 400] });
    expect(performance.now() - before).toBeGreaterThanOrEqual(300);
  });

  it('are a warning when answered with 500 or with JSON; a plain 200 is enough', async () => {
    pair = await SpecPair.start({ behaviour: { outcome: 'busy', ringMs: 20 } });
    const { replies } = pair.gateway;
    replies['/status'] = ({ fields }) => {
      if (fields.get('CallStatus') === 'initiated') return { status: 500 };
      if (fields.get('CallStatus') === 'busy') return { status: 200 };
      return { status: 200, type: 'application/json', body: '{}' };
    };
    await (
      await pair.dial()
    ).settled;
    expect(pair.carrier.violations).toMatchObject([
      { code: 15_003, level: 'warning' },
      { code: 12_300, level: 'warning' },
    ]);
  });
});
