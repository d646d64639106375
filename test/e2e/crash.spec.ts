import { afterAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, type CallJson } from '../support/api.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { LONG } from '../support/patience.js';
import { seededRandom } from '../support/seed.js';
import { CarrierRequests } from '../support/signed-request.js';
import { postgresStores, sqliteStores, type StoreSource } from '../support/stores.js';

const CALLS = 10;
const STATUSES = ['initiated', 'ringing', 'in-progress', 'completed'];

const postgres = await postgresStores();

/** What the test knows of one callback. */
interface Sent {
  runId: number;
  sequence: number;
  acknowledged: boolean;
}

const acknowledgedOf = (sent: readonly Sent[]): number =>
  sent.filter(({ acknowledged }) => acknowledged).length;

describe.each<[name: string, kills: number, source: StoreSource]>([
  ['SQLite', LONG ? 40 : 2, sqliteStores],
  ...(postgres ? [['PostgreSQL', LONG ? 40 : 1, postgres] as [string, number, StoreSource]] : []),
])('killed without a goodbye, on %s, %i times', (name, kills, source) => {
  afterAll(() => source.dispose());

  it(
    'has every callback that was acknowledged',
    async () => {
      const store = await source.create();
      await store.database.close();
      const { gateway, carrier } = await KillableGateway.besideCarrier(store, {
        carrier: { behaviour: { queuedMs: 600_000 } },
      });
      const api = new Api(gateway);
      const requests = new CarrierRequests({ url: gateway.url, carrier });
      const sent: Sent[] = [];
      const random = seededRandom();

      /** One callback after another, until nobody answers; a 204 is noted at once. */
      const tell = async ({ workflow_run_id: runId, provider_call_id: sid }: CallJson) => {
        for (const [sequence, status] of STATUSES.entries()) {
          const note = { runId, sequence, acknowledged: false };
          sent.push(note);
          const fields = requests.event(sid ?? '', status, sequence);
          note.acknowledged = (await requests.callback(runId, fields)).status === 204;
        }
      };

      try {
        for (let kill = 0; kill < kills; kill += 1) {
          await gateway.start();
          const calls = await Promise.all(
            Array.from({ length: CALLS }, () => api.place({ to: THEIR_NUMBER })),
          );
          const telling = calls.map((call) => tell(call).catch(() => undefined));
          // The very moment of an acknowledgement, or any other; never the first, so that
          // what is asked for below was there whatever was drawn.
          const enough = acknowledgedOf(sent) + random.between(2, 30);
          while (acknowledgedOf(sent) < enough) await sleep(1);
          await gateway.kill();
          await Promise.all(telling);
        }
        await gateway.start();
        const acknowledged = sent.filter((one) => one.acknowledged);
        const lost: Sent[] = [];
        for (const runId of new Set(sent.map((one) => one.runId))) {
          const { events, status } = await api.call(runId);
          const known = events.flatMap(({ sequence }) => sequence ?? []);
          const told = acknowledged.filter((one) => one.runId === runId);
          lost.push(...told.filter(({ sequence }) => !known.includes(sequence)));
          // Never half an event: the row is where its events have brought it.
          expect(new Set(known).size).toBe(known.length);
          const highest = Math.max(-1, ...known.map(Number));
          const rank = ['queued', 'initiated', 'ringing', 'answered', 'completed'].indexOf(status);
          expect(rank).toBe(highest + 1);
        }
        process.stdout.write(
          `${name}: ${kills} kills, ${sent.length} callbacks sent, ${acknowledged.length} acknowledged, ${lost.length} lost\n`,
        );
        expect(acknowledged.length).toBeGreaterThan(kills);
        expect(lost).toEqual([]);
      } finally {
        await gateway.kill();
        await carrier.stop();
        await store.remove();
      }
    },
    LONG ? 600_000 : undefined,
  );
});
