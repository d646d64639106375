import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudonixCall } from '../carrier/cloudonix/cloudonix-call.js';
import { SimulatedCloudonix } from '../carrier/cloudonix/rest-api.js';
import { generateApiKey } from '../../src/tenants/api-keys.js';
import type { DemoFace, DemoParties } from './faces.js';

const DOMAIN = 'example.cloudonix.net';
const RING_MS = 600;

/** The phone rings once it is called, and is then picked up. */
export async function cloudonix({ gateway, apiKey, ours }: DemoParties): Promise<DemoFace> {
  const webhookKey = generateApiKey();
  const carrier = await SimulatedCloudonix.start({
    domain: DOMAIN,
    apiKey,
    webhookKey,
    numbers: [ours],
    applicationUrl: `${gateway.origin}/api/v1/telephony/accounts/cloudonix/answer`,
    gateway,
  });
  const { exchange, baseUrl } = carrier;
  const newest = (): CloudonixCall | null => exchange.calls.at(-1) ?? null;
  const pickUp = async (call: CloudonixCall): Promise<void> => {
    await exchange.ring(call);
    await sleep(RING_MS);
    await exchange.answer(call);
  };
  let ringing: CloudonixCall | null = null;
  return {
    baseUrl,
    name: 'Cloudonix',
    env: {
      CLOUDONIX_DOMAIN: DOMAIN,
      CLOUDONIX_API_KEY: apiKey,
      CLOUDONIX_WEBHOOK_KEY: webhookKey,
      CLOUDONIX_FROM_NUMBERS: ours,
      CLOUDONIX_API_BASE_URL: baseUrl,
    },
    violations: exchange.violations,
    newest: () => {
      const call = newest();
      if (call && call !== ringing) void pickUp((ringing = call));
      return call && { id: call.token, streams: call.streams };
    },
    hangUp: () => {
      const call = newest();
      if (call) void exchange.end(call);
    },
    stop: () => carrier.stop(),
  };
}
