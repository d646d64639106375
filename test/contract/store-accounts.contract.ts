import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { StoredAccounts } from '../../src/control/accounts/stored-accounts.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { TwilioKind } from '../../src/providers/twilio/twilio.carrier.js';
import { SystemClock } from '../../src/shared/clock.js';
import { AesSealer, sealingKeyHash } from '../../src/shared/sealing/aes-sealer.js';
import type { CarrierAccountFields } from '../../src/tenants/carrier-account-rows.js';
import { ACCOUNTS_MAX, CarrierAccounts } from '../../src/tenants/carrier-accounts.js';
import { ledgerBench, SetClock, SilentLog } from '../support/ledger-builders.js';
import { until } from '../support/patience.js';
import type { TestStore } from '../support/stores.js';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const SID = `AC${'4d'.repeat(16)}`;
const TOKEN = 'a-token-that-nobody-may-read';
const HERE = { key: 'twilio-uk', provider: 'twilio', accountId: SID };
const FIELDS: CarrierAccountFields = {
  name: 'United Kingdom',
  settings: { account_sid: SID, from_numbers: ['+442079460000'] },
  secrets: { auth_token: TOKEN },
  callsPerSecond: 0.125,
  maxConcurrentCalls: 7,
  enabled: true,
};

/** The accounts of the store, as an instance with these keys has them. */
export function accountsContract(store: () => TestStore): void {
  const accounts = (current: Buffer | null = OLD, previous: Buffer | null = null) =>
    new CarrierAccounts(
      store().database,
      new AesSealer(current && { current, previous }),
      new SystemClock(),
    );
  const made = async (key = HERE.key, at = accounts()) => {
    const result = await at.create({ ...HERE, key }, FIELDS);
    if (result.kind !== 'created') throw new Error(result.kind);
    return result.account;
  };

  test('an account is read as it was made, by every instance', async () => {
    const account = await made();
    expect(account).toMatchObject({ ...HERE, ...FIELDS, isStale: false });
    expect(await accounts().list()).toEqual([account]);
    expect(await accounts().find(HERE.key)).toEqual(account);
    expect(await accounts().find('another')).toBeNull();
    expect(await accounts().create(HERE, FIELDS)).toEqual({ kind: 'exists' });
  });

  test('no credential stands in the store in clear', async () => {
    await made();
    const { database } = store();
    const tables = await database.read((db) => db.introspection.getTables());
    const dump = await Promise.all(
      tables.map(async ({ name }) =>
        database.read(async (db) => (await sql`select * from ${sql.table(name)}`.execute(db)).rows),
      ),
    );
    const text = JSON.stringify(dump);
    expect(text).toContain(SID);
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(Buffer.from(TOKEN).toString('base64').slice(0, 30));
    expect(text).not.toContain(Buffer.from(TOKEN).toString('hex'));
  });

  test('of two changes of what both have read one holds, and the other is told', async () => {
    const account = await made();
    const one = accounts().update(account, { ...FIELDS, name: 'One' });
    const two = accounts().update(account, { ...FIELDS, name: 'Two' });
    const results = await Promise.all([one, two]);
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await accounts().list()).toEqual(results.filter(Boolean));
    expect(results.find(Boolean)?.revision).not.toBe(account.revision);
  });

  test('with another key the secrets are not read, and the rest is and can be changed', async () => {
    const account = await made();
    const [unread] = await accounts(NEW).list();
    expect(unread).toMatchObject({ key: HERE.key, name: FIELDS.name, secrets: 'other_key' });
    expect((await accounts(null).list())[0]?.secrets).toBe('no_key');
    if (!unread) throw new Error('it is there');
    const disabled = await accounts(NEW).updateBesideSecrets(unread, { ...FIELDS, enabled: false });
    expect(disabled).toMatchObject({ enabled: false, secrets: 'other_key' });
    expect(await accounts().find(HERE.key)).toMatchObject({
      enabled: false,
      secrets: account.secrets,
    });
  });

  test('what belongs to one account is not read as the secrets of another', async () => {
    await made();
    await made('other');
    await store().database.write((trx) =>
      sql`update carrier_accounts set sealed_secrets =
        (select sealed_secrets from carrier_accounts where account_key = 'other')
        where account_key = ${HERE.key}`.execute(trx),
    );
    expect((await accounts().find(HERE.key))?.secrets).toBe('damaged');
  });

  test('without a key nothing is saved', async () => {
    expect(await accounts(null).create(HERE, FIELDS)).toEqual({ kind: 'no-key' });
    expect(await accounts().list()).toEqual([]);
  });

  test('secrets are encrypted anew with the present key, and readable all the time', async () => {
    const account = await made();
    const during = accounts(NEW, OLD);
    expect(await during.find(HERE.key)).toMatchObject({ secrets: FIELDS.secrets, isStale: true });
    await store().database.write((trx) =>
      trx
        .updateTable('cell')
        .set({ key_hash: sealingKeyHash(NEW) })
        .execute(),
    );
    await during.sealAnew();
    expect(await accounts(NEW).find(HERE.key)).toEqual(account);
    expect((await accounts(OLD).find(HERE.key))?.secrets).toBe('other_key');
  });

  test('an instance whose key is not that of the others undoes none of their work', async () => {
    const account = await made(HERE.key, accounts(NEW));
    const { database } = store();
    await database.write((trx) =>
      trx
        .updateTable('cell')
        .set({ key_hash: sealingKeyHash(NEW) })
        .execute(),
    );
    await accounts(OLD, NEW).sealAnew();
    const left = await accounts(NEW).find(HERE.key);
    // The only instance on a store has nobody to agree with.
    if (database.exclusive) expect(left?.secrets).toBe('other_key');
    else expect(left).toEqual(account);
  });

  test('an account with a claimed number or a call in progress is not deleted', async () => {
    const { database } = store();
    const bench = await ledgerBench(database, new SetClock(new Date()));
    await made('twilio');
    const run = await bench.run();
    expect(await accounts().delete('twilio')).toMatchObject({ kind: 'in-use' });
    await database.write((trx) =>
      trx.updateTable('runs').set({ ended_at: 1 }).where('run_id', '=', run.runId).execute(),
    );
    await database.write((trx) =>
      trx
        .insertInto('phone_numbers')
        .values({
          account_key: 'twilio',
          provider: 'twilio',
          number: '+442079460000',
          workflow_id: run.workflowId,
          created_at: 0,
        })
        .execute(),
    );
    expect(await accounts().delete('twilio')).toMatchObject({ kind: 'in-use' });
    expect(await accounts().delete('another')).toEqual({ kind: 'not-found' });
    await database.write((trx) => trx.deleteFrom('phone_numbers').execute());
    expect(await accounts().delete('twilio')).toEqual({ kind: 'deleted' });
    expect(await accounts().delete('twilio')).toEqual({ kind: 'not-found' });
  });

  test('an account through which a workflow routes its calls is not deleted', async () => {
    const { database } = store();
    const bench = await ledgerBench(database, new SetClock(new Date()));
    const { runId, workflowId } = await bench.run();
    await database.write((trx) =>
      trx.updateTable('runs').set({ ended_at: 1 }).where('run_id', '=', runId).execute(),
    );
    await made('twilio_eu');
    const route = (...keys: string[]) =>
      database.write((trx) =>
        trx
          .updateTable('workflows')
          .set({ routes: JSON.stringify(keys.map((account) => ({ account }))) })
          .where('workflow_id', '=', workflowId)
          .execute(),
      );
    await route('another', 'twilio_eu');
    expect(await accounts().delete('twilio_eu')).toEqual({
      kind: 'in-use',
      routedBy: [workflowId],
    });
    // An account of a similar key is none.
    await route('twilio-eu');
    expect(await accounts().delete('twilio_eu')).toEqual({ kind: 'deleted' });
  });

  test('there are so many and no more', async () => {
    const at = accounts();
    for (let count = 0; count < ACCOUNTS_MAX; count += 1) await made(`account-${count}`, at);
    expect(await at.create(HERE, FIELDS)).toEqual({ kind: 'full' });
  });

  test('each instance follows what was changed at another', async () => {
    const instance = () => {
      const providers = new ProviderRegistry([new TwilioKind(null)]);
      return { providers, stored: new StoredAccounts(accounts(), providers, new SilentLog()) };
    };
    const [here, there] = [instance(), instance()];
    await Promise.all([here.stored.onModuleInit(), there.stored.onModuleInit()]);
    try {
      const account = await made();
      await here.stored.follow();
      const known = here.providers.find(HERE.key);
      expect(known).toMatchObject({ accountId: SID, callsPerSecond: 0.125 });
      await until(() => there.providers.find(HERE.key) !== null, 'the other follows by itself');
      await accounts().update(account, { ...FIELDS, enabled: false });
      await there.stored.follow();
      expect(there.providers.enabled()).toEqual([]);
      expect(there.providers.find(HERE.key)).not.toBeNull();
      await accounts().delete(HERE.key);
      await until(() => here.providers.find(HERE.key) === null, 'it is gone there too');
    } finally {
      await Promise.all([here.stored, there.stored].map((one) => one.onApplicationShutdown()));
    }
  });
}
