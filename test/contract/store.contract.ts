import { afterAll, afterEach, beforeEach, describe } from '@jest/globals';
import type { StoreSource, TestStore } from '../support/stores.js';
import { accountsContract } from './store-accounts.contract.js';
import { alertsContract } from './store-alerts.contract.js';
import { circuitsContract } from './store-circuits.contract.js';
import { claimsContract } from './store-claims.contract.js';
import { concurrencyContract } from './store-concurrency.contract.js';
import { deliveriesContract } from './store-deliveries.contract.js';
import { ledgerContract } from './store-ledger.contract.js';
import { lifecycleContract } from './store-lifecycle.contract.js';
import { recordingsContract } from './store-recordings.contract.js';
import { signInsContract } from './store-sign-ins.contract.js';
import { streamsContract } from './store-streams.contract.js';
import { transcriptsContract } from './store-transcripts.contract.js';
import { tenantsContract } from './store-tenants.contract.js';

/** Tests that each have an empty store; skipped where there is no source. */
export function describeOnStore(
  kind: string,
  source: StoreSource | null,
  tests: (store: () => TestStore) => void,
): void {
  (source ? describe : describe.skip)(`the ${kind} store`, () => {
    let store: TestStore | null = null;
    const current = (): TestStore => {
      if (!store) throw new Error('there is a store only while a test runs');
      return store;
    };
    beforeEach(async () => {
      store = (await source?.create()) ?? null;
    });
    afterEach(async () => {
      await store?.remove();
      store = null;
    });
    afterAll(() => source?.dispose());
    tests(current);
  });
}

/** What the rest of the service may rely on, whichever store it runs on. */
export function storeContract(kind: string, source: StoreSource | null): void {
  describeOnStore(kind, source, (current) => {
    describe('ledger', () => {
      ledgerContract(current);
    });
    describe('under concurrency', () => {
      concurrencyContract(current);
    });
    describe('streams', () => {
      streamsContract(current);
    });
    describe('recordings', () => {
      recordingsContract(current);
    });
    describe('transcripts', () => {
      transcriptsContract(current);
    });
    describe('users, workflows, numbers and keys', () => {
      tenantsContract(current);
    });
    describe('carrier accounts', () => {
      accountsContract(current);
    });
    describe('circuits of accounts', () => {
      circuitsContract(current);
    });
    describe('the book of alerts', () => {
      alertsContract(current);
    });
    describe('sign-ins', () => {
      signInsContract(current);
    });
    describe('events out', () => {
      deliveriesContract(current);
    });
    describe('claims', () => {
      claimsContract(current);
    });
    describe('start, lock and migrations', () => {
      lifecycleContract(current);
    });
  });
}
