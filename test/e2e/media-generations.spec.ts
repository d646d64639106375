import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { LiveSessions } from '../../src/calls/streams/live-sessions.js';
import { CallControl } from '../../src/control/call-control.js';
import { Database } from '../../src/database/database.js';
import { Clock } from '../../src/shared/clock.js';
import type { StreamLedger } from '../../src/telephony/media/stream-ledger.js';
import { until } from '../support/patience.js';
import { streamSummary } from '../support/stream-fakes.js';
import { streamLedger } from '../support/stream-ledgers.js';
import { postgresStores, sqliteStores } from '../support/stores.js';
import { echoed, frame, StreamBench, streamsOf } from '../support/streams.js';

const sources = { SQLite: sqliteStores, PostgreSQL: await postgresStores() };

/** What another process would write about its streams, into this one's store. */
function elsewhere({ gateway }: StreamBench): StreamLedger {
  const { app } = gateway.service;
  return streamLedger({
    ledger: app.get(CallLedger),
    database: app.get(Database),
    clock: app.get(Clock),
    control: app.get(CallControl),
  });
}

describe.each(Object.entries(sources))('a call that moved, on %s', (_, source) => {
  let stop: () => Promise<void> = () => Promise.resolve();
  afterEach(() => stop());
  afterAll(() => source?.dispose());

  (source ? it : it.skip)(
    'is not hung up when its older stream tells of its end after the newer one has begun',
    async () => {
      const store = await source?.create();
      await store?.database.close();
      const bench = await StreamBench.start({ env: store?.env ?? {} });
      stop = async () => {
        await bench.stop();
        await store?.remove();
      };
      const ledger = bench.gateway.service.app.get(CallLedger);
      const call = await bench.answered();
      const name = { runId: call.runId };
      const there = elsewhere(bench);

      const older = await there.begin(call.runId, 'MZ-elsewhere', { kind: 'claimed', seen: 0 });
      if (older.kind !== 'begun') throw new Error(older.reason);
      const client = await bench.live(call);
      await there.close(older.run, streamSummary('lost', 'MZ-elsewhere'));
      expect(streamsOf(await bench.api.call(call.runId))).toMatchObject([
        { step: 'started', generation: 1, stream_id: 'MZ-elsewhere' },
        { step: 'started', generation: 2, stream_id: client.streamSid },
        { step: 'ended', generation: 1, stream_id: 'MZ-elsewhere', cause: 'lost' },
      ]);

      // As for every instance that has not the newer stream.
      const sessions = bench.gateway.service.app.get(LiveSessions);
      const session = sessions.find(call.runId);
      if (!session) throw new Error('the stream does not live');
      sessions.remove(session);
      const due = new Date();
      await ledger.change(name, (draft) => draft?.change({ checkAt: due }));
      const run = await until(async () => {
        const found = await ledger.find(name);
        return found?.checkAt != null && found.checkAt > due && found;
      });
      expect(run).toMatchObject({ status: 'answered', hangupReason: null, streamState: 'live' });
      client.sendAudio(frame(7));
      await bench.until(() => echoed(client).includes(7));
      expect((await bench.api.call(call.runId)).ended_at).toBeNull();
      client.destroy();
    },
  );
});
