import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Instances } from '../support/instances.js';
import type { KillableGateway } from '../support/killable-gateway.js';
import { expectQuick, PROOFS, until } from '../support/patience.js';
import { S3Double } from '../support/s3-double.js';
import { postgresStores, type TestStore } from '../support/stores.js';

/** The shortest that the settings take. */
const EVERY_MS = 10_000;
/** How long an instance that was killed counts as alive. */
const ALIVE_MS = 6_000;

interface Told {
  instance: string;
  checks: Array<{ check: string; change: string }>;
}

/** Rounds of ten seconds: `PROOFS=1 npm test -- test/e2e/alerts-of-instances` runs it alone. */
const source = PROOFS ? await postgresStores() : null;

(source ? describe : describe.skip)('alerts of three services at one store', () => {
  let store: TestStore;
  let instances: Instances;
  let bucket: S3Double;
  let chat: Server;
  const posted: Told[] = [];
  /** Who told this, message by message. */
  const tellersOf = (check: string, change: string): string[] =>
    posted
      .filter(({ checks }) => checks.some((one) => one.check === check && one.change === change))
      .map(({ instance }) => instance);
  const named = (name: string): KillableGateway => {
    const found = instances.all[Number(name.split('-')[1])];
    if (!found) throw new Error(`there is no instance ${name}`);
    return found;
  };

  beforeAll(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    bucket = await S3Double.start();
    chat = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        posted.push((JSON.parse(body) as { patchbay: Told }).patchbay);
        response.end('ok');
      });
    }).listen(0, '127.0.0.1');
    await once(chat, 'listening');
    instances = await Instances.start(store, {
      count: 0,
      env: {
        ...bucket.env(),
        ALERTS_WEBHOOK_URL: `http://127.0.0.1:${(chat.address() as AddressInfo).port}/hook`,
        ALERTS_EVERY_SECONDS: String(EVERY_MS / 1000),
        ALERTS_QUIET_SECONDS: '0',
      },
    });
    for (const name of ['api-0', 'api-1', 'api-2']) await instances.add({ INSTANCE_NAME: name });
  });
  afterAll(async () => {
    await instances.stop();
    chat.close();
    await bucket.stop();
    await store.remove();
    await source?.dispose();
  });

  /** Long enough for every instance to have looked, and told, if it were to. */
  const rounds = (count: number) =>
    new Promise<void>((over) => setTimeout(over, count * EVERY_MS + ALIVE_MS));

  it('come from one; where it is killed, from another in time; and none comes twice', async () => {
    await instances.explain(async () => {
      bucket.away = true;
      await until(() => tellersOf('recordings', 'down').length > 0, 'what is down is told');
      const [first = ''] = tellersOf('recordings', 'down');
      await rounds(2);
      expect(tellersOf('recordings', 'down')).toEqual([first]);

      await named(first).kill();
      const killedAt = performance.now();
      bucket.away = false;
      await until(() => tellersOf('recordings', 'back').length > 0, 'another tells what is back');
      const tookMs = performance.now() - killedAt;
      const [second = ''] = tellersOf('recordings', 'back');
      expect(second).not.toBe(first);
      // Its lease lapses, the next round takes over, and a second one confirms what was seen.
      expectQuick(tookMs, ALIVE_MS + 3 * EVERY_MS);
      process.stderr.write(`another instance told ${Math.round(tookMs)} ms after the kill\n`);

      // The one that was killed comes back, and knows what was told.
      await named(first).start();
      await rounds(3);
      expect(tellersOf('recordings', 'down')).toEqual([first]);
      expect(tellersOf('recordings', 'back')).toEqual([second]);
      // What was down all the time, such as the public name, was told by the first alone.
      const told = posted.flatMap(({ checks }) =>
        checks.map((one) => `${one.check} ${one.change}`),
      );
      expect(told.filter((one, at) => told.indexOf(one) !== at)).toEqual([]);
    });
  }, 300_000);
});
