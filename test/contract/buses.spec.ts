import { afterAll, describe } from '@jest/globals';
import type { ConnectedBus } from '../../src/cluster/connected-bus.js';
import { LocalBus } from '../../src/cluster/local-bus.js';
import { NatsBus } from '../../src/cluster/nats-bus.js';
import { PostgresBus } from '../../src/cluster/postgres-bus.js';
import { ClusterSettings } from '../../src/config/settings.js';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { listeningLog } from '../support/listening-log.js';
import { hasNatsServer, NatsServer } from '../support/nats-server.js';
import { until } from '../support/patience.js';
import { postgresStores, type TestStore } from '../support/stores.js';
import { describeBus, type BusFixture, type BusMember } from './bus.contract.js';

const source = await postgresStores();

describeBus('of one process', {
  start: () => {
    const { log, lines } = listeningLog();
    return Promise.resolve([{ id: 'one', bus: new LocalBus('one', log), lines }] as const);
  },
  stop: () => Promise.resolve(),
});

(source ? describe : describe.skip)('where instances share a store', () => {
  describeBus('on PostgreSQL', postgresFixture());
});

(hasNatsServer() ? describe : describe.skip)('where there is a NATS server', () => {
  describeBus('on NATS', natsFixture());
});

afterAll(() => source?.dispose());

/** The connections of the buses go over a line that can be taken away; the store's do not. */
function postgresFixture(): BusFixture {
  let store: TestStore;
  let line: CuttableLine;
  let members: Open[] = [];
  const port = (): number => Number(new URL(store.env['DATABASE_URL'] ?? '').port);
  return {
    start: async () => {
      if (!source) throw new Error('skipped');
      store = await source.create();
      line = await cuttableLine(port());
      const url = new URL(store.env['DATABASE_URL'] ?? '');
      url.port = String(line.port);
      const presence = { hearsOver: () => undefined };
      const started = await two(
        (id, log) => new PostgresBus(url.href, id, store.database, presence, log),
      );
      members = [...started];
      return started;
    },
    carrier: {
      lose: () => line.close(),
      restore: async () => {
        line = await cuttableLine(port(), line.port);
      },
    },
    stop: async () => {
      await close(members);
      await line.close();
      await store.remove();
    },
  };
}

function natsFixture(): BusFixture {
  let server: NatsServer;
  let members: Open[] = [];
  return {
    start: async () => {
      server = await NatsServer.start(['--user', 'patchbay', '--pass', 'p@ss']);
      const url = server.url('patchbay:p%40ss@');
      const parsed = ClusterSettings.fields.natsServers.kind.parse(url);
      if (!parsed.ok) throw new Error('not taken');
      const started = await two((id, log) => new NatsBus(parsed.value, id, log));
      members = [...started];
      return started;
    },
    carrier: { lose: () => server.kill(), restore: () => server.start() },
    stop: async () => {
      await close(members);
      await server.kill();
    },
  };
}

interface Open extends BusMember {
  bus: ConnectedBus;
}
type Log = ReturnType<typeof listeningLog>['log'];

async function two(make: (id: string, log: Log) => ConnectedBus): Promise<[Open, Open]> {
  const open = (id: string): Open => {
    const { log, lines } = listeningLog();
    const bus = make(id, log);
    bus.onModuleInit();
    return { id, bus, lines };
  };
  const members: [Open, Open] = [open('one'), open('other')];
  for (const { bus } of members) await until(async () => (await bus.roundTrip(1_000)) !== null);
  return members;
}

async function close(members: readonly Open[]): Promise<void> {
  await Promise.all(members.map(({ bus }) => bus.onApplicationShutdown()));
}
