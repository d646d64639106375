import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { skipped, up, warn, type Check, type CheckResult } from './check.js';
import type { Examination } from './examination.js';
import { runChecks } from './run-checks.js';

const check = (name: string, look: Check['look'], limitMs = 600_000): Check => ({
  name,
  title: name,
  group: 'Set-up',
  limitMs: () => limitMs,
  look,
});

const examination = (signal = new AbortController().signal): Examination =>
  ({ signal }) as unknown as Examination;

async function run(checks: Check[], signal?: AbortSignal) {
  const told: string[] = [];
  const results = await runChecks(checks, examination(signal), {
    started: ({ name }) => told.push(`${name} started`),
    finished: ({ name, status }) => told.push(`${name} ${status}`),
  });
  return { results, told };
}

const only = (results: CheckResult[]): CheckResult => {
  const [result] = results;
  if (!result || results.length > 1) throw new Error(`${results.length} results`);
  return result;
};

describe('a run of checks', () => {
  it('returns results in the order of the list, and reports in the order of time', async () => {
    const slow = check('slow', async () => {
      await sleep(20);
      return up('late');
    });
    const quick = check('quick', () => up('at once'));
    const { results, told } = await run([slow, quick]);
    expect(results.map(({ name }) => name)).toEqual(['slow', 'quick']);
    expect(told).toEqual(['slow started', 'quick started', 'quick up', 'slow up']);
    expect(results[0]?.durationMs).toBeGreaterThanOrEqual(18);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('call +12025550143 failed');
      },
    ],
    ['rejects', () => Promise.reject(new Error('call +12025550143 failed'))],
  ])('a check that %s is down with what it said, without numbers', async (_how, look) => {
    const { results } = await run([check('bad', look), check('good', () => up('fine'))]);
    expect(results[0]).toMatchObject({
      status: 'down',
      seen: 'The check failed: call [number] failed.',
      fix: expect.any(String),
    });
    expect(results[1]?.status).toBe('up');
  });

  it('a check that throws something other than an Error is down too', async () => {
    const odd = check('odd', () => Promise.reject(Object.assign(Object.create(null), {})));
    expect(only((await run([odd])).results).status).toBe('down');
  });

  it('a check that does not end is given up, and its signal aborts', async () => {
    let signalled = false;
    const stuck = check(
      'stuck',
      ({ signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (signalled = true));
        }),
      30,
    );
    const result = only((await run([stuck])).results);
    expect(result).toMatchObject({ status: 'down', seen: expect.stringContaining('0.03 s') });
    expect(signalled).toBe(true);
  });

  it('ends at once when nobody waits any more', async () => {
    const gone = new AbortController();
    const endless = () => new Promise<never>(() => undefined);
    const running = run([check('long', endless)], gone.signal);
    gone.abort();
    await running;
    const after = await run([check('late', endless)], gone.signal);
    expect(only(after.results).seen).toContain('ended early');
  });
});

describe('a check of each account', () => {
  const at = (key: string) => ({ provider: { key } });
  const runAt = async (accounts: object[], look: Check['look']) => {
    const parts = { signal: new AbortController().signal, accounts, provider: null };
    const examined = Object.assign({}, parts, accounts[0]) as unknown as Examination;
    const listener = { started: () => undefined, finished: () => undefined };
    const checks = [{ ...check('credentials', look), perAccount: true }];
    return only(await runChecks(checks, examined, listener));
  };
  const findings: Record<string, Check['look']> = {
    good: () => up('All is well.', { trial: false }),
    poor: () => warn('It is a trial.', 'Upgrade it.', { repairable: 2 }),
    mute: () => skipped('It cannot be asked.'),
    broken: () => {
      throw new Error('gone');
    },
  };
  const look: Check['look'] = (examination_) => {
    const { provider } = examination_;
    const find = findings[provider?.key ?? ''];
    return find ? find(examination_) : skipped('No carrier.');
  };

  it('without any, or with one, is a finding like others', async () => {
    expect(await runAt([], look)).toMatchObject({ status: 'skipped', seen: 'No carrier.' });
    expect(await runAt([at('good')], look)).toMatchObject({ status: 'up', seen: 'All is well.' });
  });

  it('is as bad as the worst account, and names each by its key', async () => {
    expect(await runAt([at('good'), at('poor'), at('mute')], look)).toMatchObject({
      status: 'warn',
      seen: 'good: All is well. poor: It is a trial. mute: It cannot be asked.',
      fix: 'poor: Upgrade it.',
      detail: { accounts: { good: { trial: false }, poor: { repairable: 2 } }, repairable: 2 },
    });
  });

  it('that throws at one has looked at the others', async () => {
    const { status, seen } = await runAt([at('good'), at('broken')], look);
    expect(status).toBe('down');
    expect(seen).toMatch(/^good: All is well\. broken: The check failed: gone/);
  });
});
