import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../tools/carrier/random.js';
import { signWebhook } from '../../tools/carrier/signing/signature.js';
import { Api } from '../support/api.js';
import { PUBLIC_ORIGIN, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { KEEPING_PROXIES } from '../support/keeping-proxies.js';
import type { RunningProxy } from '../support/proxy-program.js';
import { CarrierRequests, encode, STATUS_CALLBACK } from '../support/signed-request.js';

const LONG = process.env['LONG_TESTS'] === '1';
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

/** Between the bursts of callbacks, in seconds: about the time after which Node's default gives up, and a minute. */
const PAUSES = LONG ? [...Array.from({ length: 21 }, () => 'short' as const), 'long', 'long'] : [];
const A_MINUTE_MS = 61_000;
const AT_ONCE = 20;
/** In all, over the bursts. */
const WEBHOOKS = LONG ? 2_000 : 100;
const TEST_MS = 900_000;

const missing = KEEPING_PROXIES.filter(({ version }) => version === null);
for (const { name } of missing) {
  process.stderr.write(`\n${name} is not installed; its kept connections are not tried\n`);
}
const installed = KEEPING_PROXIES.filter(({ version }) => version !== null);

/**
 * A proxy that keeps its connections must be the one that closes them: a webhook
 * that it sends while the gateway closes is answered with 502, and lost.
 */
describe('behind proxies that keep their connections', () => {
  let gateway: Gateway;
  let opened = 0;

  beforeAll(async () => {
    gateway = await startGateway({ carrier: { behaviour: { queuedMs: 3_600_000 } } });
    gateway.service.app.getHttpServer().on('connection', () => (opened += 1));
  });
  afterAll(() => gateway.stop());

  const signedCallback = async () => {
    const call = await new Api(gateway).place({ to: THEIR_NUMBER });
    const target = `${STATUS_CALLBACK}/${call.workflow_run_id}`;
    const carrier = new CarrierRequests(gateway);
    const fields = carrier.event(call.provider_call_id ?? '', 'ringing', 1);
    return {
      target,
      body: encode(fields),
      signature: signWebhook(PUBLIC_ORIGIN + target, fields, gateway.carrier.authToken),
    };
  };

  const run = installed.length > 0 ? it : it.skip;
  run(
    `no webhook is lost (SEED=${SEED})`,
    async () => {
      const random = new SeededRandom(SEED);
      const callback = await signedCallback();
      const proxies: Array<{ name: string; proxy: RunningProxy }> = [];
      const statuses = new Map(installed.map(({ name }) => [name, new Map<number, number>()]));
      const perBurst = Math.ceil(WEBHOOKS / (PAUSES.length + 1));
      try {
        for (const { name, start } of installed) {
          proxies.push({ name, proxy: await start(gateway.port) });
        }
        for (const pause of [...PAUSES, null]) {
          await Promise.all(
            proxies.map(async ({ name, proxy }) => {
              const seen = statuses.get(name) ?? new Map<number, number>();
              for (let sent = 0; sent < perBurst; sent += AT_ONCE) {
                const size = Math.min(AT_ONCE, perBurst - sent);
                const burst = Array.from({ length: size }, () => post(proxy.port, callback));
                for (const status of await Promise.all(burst)) {
                  seen.set(status, (seen.get(status) ?? 0) + 1);
                }
              }
            }),
          );
          if (pause === 'short') await sleep(5_000 + random.next() * 2_000);
          if (pause === 'long') await sleep(A_MINUTE_MS);
        }
      } finally {
        await Promise.all(proxies.map(({ proxy }) => proxy.stop()));
      }
      const counts = Object.fromEntries([...statuses].map(([name, seen]) => [name, [...seen]]));
      console.info(
        `webhooks by status: ${JSON.stringify(counts)}; connections that the proxies opened: ${opened}`,
      );
      for (const { name } of installed) {
        expect({ [name]: counts[name] }).toEqual({
          [name]: [[204, perBurst * (PAUSES.length + 1)]],
        });
      }
      // They did keep them.
      expect(opened).toBeLessThan((WEBHOOKS * installed.length) / 4);
    },
    TEST_MS,
  );
});

/** The status of one webhook, over a connection of its own to the proxy; 0 where there is no reply. */
function post(
  port: number,
  { target, body, signature }: { target: string; body: string; signature: string },
): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path: target,
        method: 'POST',
        agent: new Agent({ keepAlive: false }),
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': Buffer.byteLength(body),
          'X-Twilio-Signature': signature,
        },
      },
      (reply) => {
        reply.resume();
        reply.on('end', () => resolve(reply.statusCode ?? 0));
        reply.on('error', () => resolve(0));
      },
    );
    asked.on('error', () => resolve(0));
    asked.end(body);
  });
}
