import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.js';
import { pcmBytes, pcmSamples } from '../../src/audio/pcm.js';
import { generateApiKey } from '../../src/tenants/api-keys.js';
import type { ExotelCall } from '../carrier/exotel/exotel-call.js';
import type { ExotelSocket } from '../carrier/exotel/media-socket.js';
import { SimulatedExotel } from '../carrier/exotel/rest-api.js';
import type { DemoFace, DemoParties, DemoStream } from './faces.js';

const RING_MS = 600;

/** The phone is picked up after a moment; then its flow asks. */
export async function exotel({ gateway, apiKey, ours }: DemoParties): Promise<DemoFace> {
  const [apiToken, webhookToken] = [generateApiKey(), generateApiKey().replace(/\W/g, '_')];
  const account = { accountSid: 'example1', apiKey, apiToken, flowId: '123456' };
  const carrier = await SimulatedExotel.start({
    ...account,
    numbers: [ours],
    appletUrl: `${gateway.origin}/api/v1/telephony/accounts/exotel/answer?token=${webhookToken}`,
    gateway,
  });
  const { exchange, baseUrl } = carrier;
  let ringing: ExotelCall | null = null;
  const pickUp = async (call: ExotelCall): Promise<void> => {
    await sleep(RING_MS);
    await exchange.answer(call);
  };
  return {
    baseUrl,
    name: 'Exotel',
    env: {
      EXOTEL_ACCOUNT_SID: account.accountSid,
      EXOTEL_API_KEY: apiKey,
      EXOTEL_API_TOKEN: apiToken,
      EXOTEL_FLOW_ID: account.flowId,
      EXOTEL_WEBHOOK_TOKEN: webhookToken,
      EXOTEL_FROM_NUMBERS: ours,
      EXOTEL_API_BASE_URL: baseUrl,
    },
    violations: exchange.violations,
    told: ['answered'],
    newest: () => {
      const call = exchange.calls.at(-1);
      if (!call) return null;
      if (call !== ringing) void pickUp((ringing = call));
      return {
        id: call.sid,
        get streams() {
          return call.streams.map((stream) => inMulaw(stream));
        },
      };
    },
    hangUp: () => {
      if (ringing) void exchange.end(ringing, 'completed', 1);
    },
    stop: () => carrier.stop(),
  };
}

/** Its streams have 16-bit samples at 8 kHz. What was μ-law before is the same afterwards. */
function inMulaw(stream: ExotelSocket): DemoStream {
  return {
    framesSent: stream.framesSent,
    heard: stream.heard.map((samples) => encodeMulaw(pcmSamples(samples))),
    say: (frames) => stream.say(frames.map((frame) => pcmBytes(decodeMulaw(frame)))),
  };
}
