import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ledgerBench, SetClock } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { PhoneNumbers } from './phone-numbers.js';
import { Workflows } from './workflows.js';

const NOON = new Date('2026-03-01T12:00:00Z');
const [FIRST, SECOND, ADDRESS] = ['+12025550100', '+12025550101', 'sip:sales@a.example'] as const;

describe('claimed numbers', () => {
  let store: TestStore;
  let numbers: PhoneNumbers;
  let [one, two] = [0, 0];

  beforeEach(async () => {
    store = await sqliteStores.create();
    numbers = new PhoneNumbers(store.database, new SetClock(NOON));
    one = (await ledgerBench(store.database)).workflowId;
    two = (await ledgerBench(store.database)).workflowId;
  });
  afterEach(() => store.remove());

  const claim = (number: string, workflowId: number, account = 'twilio') =>
    numbers.claim({ account, provider: account, number, workflowId });

  const workflowFor = async (account: string, names: readonly string[]) => {
    const workflow = await new Workflows(store.database, new SetClock(NOON)).answering(
      account,
      names,
    );
    return workflow?.workflowId ?? null;
  };

  const name = (number: string, account = 'twilio') => ({ number, account });

  it('lead to the workflow that has claimed them, in their account', async () => {
    expect(await claim(SECOND, two)).toBe(true);
    expect(await claim(FIRST, one)).toBe(true);
    expect(await claim(FIRST, two, 'other')).toBe(true);
    expect(await claim(FIRST, two)).toBe(false);
    expect(await workflowFor('twilio', [FIRST])).toBe(one);
    expect(await workflowFor('other', [FIRST])).toBe(two);
    expect(await workflowFor('other', [SECOND])).toBeNull();
    expect(await numbers.list()).toEqual([
      { account: 'other', provider: 'other', number: FIRST, workflowId: two },
      { account: 'twilio', provider: 'twilio', number: FIRST, workflowId: one },
      { account: 'twilio', provider: 'twilio', number: SECOND, workflowId: two },
    ]);
    const rows = await store.database.read((db) =>
      db.selectFrom('phone_numbers').select('created_at').execute(),
    );
    expect(rows.every((row) => row.created_at === NOON.getTime())).toBe(true);
  });

  it('may match several names of one called party; the first name counts', async () => {
    await claim(FIRST, one);
    await claim(ADDRESS, two);
    expect(await workflowFor('twilio', [ADDRESS, FIRST])).toBe(two);
    expect(await workflowFor('twilio', [FIRST, ADDRESS])).toBe(one);
    expect(await workflowFor('twilio', ['sip:x@y', FIRST])).toBe(one);
    expect(await workflowFor('twilio', ['sip:x@y'])).toBeNull();
    expect(await workflowFor('twilio', [])).toBeNull();
  });

  it('do not look claimed when the store fails for another reason', async () => {
    await expect(claim(FIRST, 4711)).rejects.toThrow(/foreign key/i);
  });

  it('are reassigned and released without affecting the others', async () => {
    await claim(FIRST, one);
    await claim(SECOND, one);
    expect(await numbers.lead(name(FIRST), two)).toEqual({
      account: 'twilio',
      provider: 'twilio',
      number: FIRST,
      workflowId: two,
    });
    expect(await workflowFor('twilio', [SECOND])).toBe(one);
    expect(await numbers.lead(name('+12025550199'), two)).toBeNull();
    expect(await numbers.release(name(FIRST))).toBe(true);
    expect(await numbers.release(name(FIRST))).toBe(false);
    expect(await numbers.list()).toHaveLength(1);
  });

  it('that two accounts have are told apart by the account', async () => {
    await claim(FIRST, one);
    await claim(FIRST, one, 'other');
    expect(await numbers.accountsOf(FIRST)).toEqual(['other', 'twilio']);
    expect(await numbers.accountsOf(SECOND)).toEqual([]);
    await numbers.lead(name(FIRST, 'other'), two);
    expect(await workflowFor('twilio', [FIRST])).toBe(one);
    expect(await workflowFor('other', [FIRST])).toBe(two);
    await numbers.release(name(FIRST));
    expect(await numbers.accountsOf(FIRST)).toEqual(['other']);
  });
});
