import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpAdapterHost } from '@nestjs/core';
import { Subject } from 'rxjs';
import { FakeCarrier, UnprefixedKind } from '../../../test/support/fake-carrier.js';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { listeningLog } from '../../../test/support/listening-log.js';
import { until } from '../../../test/support/patience.js';
import type { Leases } from '../../cluster/leases.js';
import { SyncedFeeds } from '../../control/synced-feeds.js';
import type { UnlistedCalls } from '../../control/unlisted-calls.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { EventFeed } from '../../providers/ingress.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Draining } from '../../shared/draining.js';
import { EventFeeds } from './event-feeds.js';
import type { TakeTold } from './take-told.js';

/** What was done to feeds and their leases, in order. */
let deeds: string[];
let providers: ProviderRegistry;
let feeds: EventFeeds;
let listen: Subject<void>;

/** An account whose feed notes when it is opened and closed, under a name of its own. */
function fed(key: string, name = key): CarrierAccount {
  const ingress = {
    transport: 'feed',
    open: () => {
      deeds.push(`open ${name}`);
      return {
        close: async () => {
          deeds.push(`close ${name}`);
        },
      };
    },
  } as unknown as EventFeed;
  return Object.assign(new FakeCarrier(), { key, ingress });
}
const store = (...accounts: CarrierAccount[]): void =>
  providers.replaceStored(
    accounts.map((account) => ({ account, enabled: true, maxConcurrentCalls: null })),
    new Set(),
  );
const done = (...expected: string[]) =>
  until(() => deeds.length >= expected.length, expected.join()).then(() =>
    expect(deeds).toEqual(expected),
  );

beforeEach(() => {
  deeds = [];
  listen = new Subject();
  providers = new ProviderRegistry([
    new UnprefixedKind('twilio', [new FakeCarrier()]),
    new UnprefixedKind('fixed', [fed('fixed')]),
  ]);
  const leases = {
    takeJob: async () => true,
    giveJob: async (job: string) => {
      deeds.push(`give ${job}`);
    },
  } as Partial<Leases> as Leases;
  feeds = new EventFeeds(
    providers,
    {} as TakeTold,
    {} as UnlistedCalls,
    new SyncedFeeds(),
    leases,
    new FakeCluster(),
    new Draining(),
    listeningLog().log,
    { listen$: listen } as unknown as HttpAdapterHost,
  );
  feeds.onModuleInit();
});
afterEach(() => feeds.onApplicationShutdown());

describe('the feeds of all accounts', () => {
  it('are opened when we listen, and not before', async () => {
    store(fed('early'));
    await Promise.resolve();
    expect(deeds).toEqual([]);
    listen.next();
    await done('open fixed', 'open early');
  });

  it('are opened and closed as accounts come and go', async () => {
    listen.next();
    await done('open fixed');
    const [one, two] = [fed('one'), fed('two')];
    store(one, two);
    await done('open fixed', 'open one', 'open two');
    store(two);
    await done('open fixed', 'open one', 'open two', 'close one', 'give feed one');
  });

  it('are opened anew for an account that was changed, after the old one was closed', async () => {
    listen.next();
    store(fed('one', 'old'));
    await done('open fixed', 'open old');
    store(fed('one', 'new'));
    await done('open fixed', 'open old', 'close old', 'open new');
  });

  it('stay open for an account that is disabled, whose calls go on', async () => {
    listen.next();
    const account = fed('one');
    store(account);
    await done('open fixed', 'open one');
    providers.replaceStored([{ account, enabled: false, maxConcurrentCalls: 2 }], new Set());
    store(account, fed('two'));
    await done('open fixed', 'open one', 'open two');
  });

  it('are all closed at the end, and none is opened afterwards', async () => {
    listen.next();
    store(fed('one'));
    await done('open fixed', 'open one');
    await feeds.onApplicationShutdown();
    store(fed('two'));
    await feeds.onApplicationShutdown();
    expect(deeds.toSorted()).toEqual(['close fixed', 'close one', 'open fixed', 'open one']);
  });
});
