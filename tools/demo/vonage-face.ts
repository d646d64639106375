import { generateKeyPairSync } from 'node:crypto';
import { fromWire, toWire, type WireFormat } from '../../src/audio/wire-format.js';
import type { VonageSocket } from '../carrier/vonage/media-socket.js';
import { SimulatedVonage } from '../carrier/vonage/rest-api.js';
import type { DemoFace, DemoParties, DemoStream } from './faces.js';

const APPLICATION = 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab';
const ACCOUNT = 'demo1234';
const RING_MS = 600;
const FORMAT: WireFormat = { codec: 'pcm16le', rate: 16000 };

/** @param parties of which the key to our API signs webhooks, too: it is made for this run */
export async function vonage({ gateway, apiKey, ours, theirs }: DemoParties): Promise<DemoFace> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const own = `${gateway.origin}/api/v1/telephony/accounts/vonage`;
  const simulator = await SimulatedVonage.start({
    applicationId: APPLICATION,
    publicKey,
    apiKey: ACCOUNT,
    signatureSecret: apiKey,
    numbers: [ours],
    gateway,
    answerUrl: `${own}/answer`,
    eventUrl: `${own}/events`,
  });
  const { exchange, baseUrl } = simulator;
  exchange.behave(theirs, { ringMs: RING_MS });
  const newest = () => exchange.calls.at(-1) ?? null;
  return {
    baseUrl,
    name: 'Vonage',
    env: {
      VONAGE_APPLICATION_ID: APPLICATION,
      VONAGE_PRIVATE_KEY: privateKey,
      VONAGE_API_KEY: ACCOUNT,
      VONAGE_SIGNATURE_SECRET: apiKey,
      VONAGE_FROM_NUMBERS: ours,
      VONAGE_API_BASE_URL: baseUrl,
    },
    violations: exchange.violations,
    converts: true,
    newest: () => {
      const call = newest();
      if (!call) return null;
      return {
        id: call.id,
        get streams() {
          return call.streams.map(asMulaw);
        },
      };
    },
    hangUp: () => {
      const call = newest();
      if (call) exchange.hangUp(call);
    },
    stop: () => simulator.stop(),
  };
}

function asMulaw(socket: VonageSocket): DemoStream {
  return {
    get framesSent() {
      return socket.framesSent;
    },
    get heard() {
      const hear = fromWire(FORMAT);
      return socket.heard.map((frame) => hear(frame));
    },
    say: (frames) => {
      const speak = toWire(FORMAT);
      socket.say(frames.map((frame) => speak(frame)));
    },
  };
}
