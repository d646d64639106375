import { generateKeyPairSync } from 'node:crypto';
import { VonageCarrier } from '../../src/providers/vonage/vonage.carrier.js';
import type { VonageAccount } from '../../src/providers/vonage/vonage.settings.js';
import { nccoFault } from '../../tools/carrier/vonage/api-rules.js';
import { SimulatedVonage } from '../../tools/carrier/vonage/rest-api.js';
import { signedToken } from '../../tools/carrier/vonage/signing.js';
import type { Doubts, VonageOptions } from '../../tools/carrier/vonage/vonage-options.js';
import type { CarrierFixture, Sample } from '../contract/carrier.contract.js';

export const APPLICATION = 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab';
export const API_KEY = 'abcd1234';
export const SECRETS = {
  account: 'signature-secret-of-the-account',
  stranger: 'signature-secret-of-a-stranger',
};
export const OURS = '+12025550100';
const THEIRS = '14155552671';
export const CALL = '63f61863-4a51-4f6b-86e1-46edebcf9356';
const LEG = '0d9a3f4e-4a51-4f6b-86e1-46edebcf9356';
const CONVERSATION = 'CON-f972836a-550f-45fa-956c-12a2ab5b7d22';

export const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

function accountOf(apiBaseUrl: string, more: Partial<VonageAccount> = {}): VonageAccount {
  return {
    apiBaseUrl,
    applicationId: APPLICATION,
    privateKey: KEYS.privateKey,
    apiKey: API_KEY,
    signatureSecret: SECRETS.account,
    fromNumbers: [OURS],
    callsPerSecond: 3,
    ...more,
  };
}

export function accountAt(apiBaseUrl: string, more: Partial<VonageAccount> = {}): VonageCarrier {
  return new VonageCarrier(accountOf(apiBaseUrl, more));
}

export function simulated(
  options: Partial<VonageOptions> = {},
  doubts: Partial<Doubts> = {},
): Promise<SimulatedVonage> {
  return SimulatedVonage.start(
    {
      applicationId: APPLICATION,
      publicKey: KEYS.publicKey,
      apiKey: API_KEY,
      signatureSecret: SECRETS.account,
      numbers: [OURS],
      gateway: null,
      answerUrl: 'https://calls.example.com/answer',
      eventUrl: 'https://calls.example.com/events',
      ...options,
    },
    doubts,
  );
}

export const sampleOf =
  (purpose: string) =>
  (more: Record<string, unknown>): Sample => ({
    purpose,
    body: JSON.stringify({
      from: OURS.slice(1),
      to: THEIRS,
      uuid: CALL,
      conversation_uuid: CONVERSATION,
      ...more,
    }),
  });
const question = sampleOf('answer');
const callback = (status: string, more: Record<string, unknown> = {}): Sample =>
  sampleOf('events')({
    status,
    direction: 'outbound',
    timestamp: '2026-11-20T14:00:00.000Z',
    ...more,
  });

/** The claims of a signed webhook, as the carrier would write them now. */
export function authorization(by: 'account' | 'stranger', payload: string | null): string {
  const signature = { secret: SECRETS[by], apiKey: API_KEY, applicationId: APPLICATION };
  return `Bearer ${signedToken(signature, { payload })}`;
}

/** @param make the account under test */
export function vonageFixture(make: (account: VonageAccount) => VonageCarrier): CarrierFixture {
  return {
    account: () => make(accountOf('http://127.0.0.1:1/v1')),
    request: (url, { body }, by) => ({
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: authorization(by, body),
      },
      body: Buffer.from(body),
      // An application's own address, at which it asks about calls that come in, names no run.
      target: isOfPlaced(body) ? url.replace(/^https:\/\/[^/]+/, '') : new URL(url).pathname,
      urls: [url],
    }),
    signsUrl: false,
    refusesByEnding: true,
    tellsPersonAtAction: true,
    signUpgrade: (_url, by) => ({ authorization: authorization(by, null) }),
    inboundAnswer: question({ from: THEIRS, to: OURS.slice(1) }),
    outboundAnswer: question({}),
    callbacks: [
      callback('started'),
      callback('ringing'),
      callback('answered', { start_time: null, rate: null, network: null }),
      callback('completed', { duration: '7', price: '0.00015', rate: '0.0045', network: '310260' }),
      callback('busy'),
      callback('timeout'),
      callback('unanswered', { detail: 'unavailable' }),
      callback('cancelled'),
      callback('rejected', { detail: 'declined' }),
      callback('failed', { detail: 'cannot_route' }),
      callback('human', { uuid: undefined, call_uuid: CALL }),
      callback('machine', { uuid: undefined, call_uuid: CALL }),
      callback('machine', { uuid: undefined, call_uuid: CALL, sub_state: 'beep_start' }),
      callback('disconnected', { uuid: LEG }),
      sampleOf('events')({ type: 'transfer', conversation_uuid_to: CONVERSATION }),
    ],
    withField: ({ purpose, body }, name, value) => ({
      purpose,
      // As text: a program would take `__proto__` for something else.
      body: `${body.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`,
    }),
    messages: {
      start: JSON.stringify({
        event: 'websocket:connected',
        'content-type': 'audio/l16;rate=16000',
        token: 'token-1',
        other: 'x',
      }),
      audio: Buffer.alloc(640, 1),
      dtmf: JSON.stringify({ event: 'websocket:dtmf', digit: '5', duration: 260 }),
      mark: JSON.stringify({ event: 'websocket:notify', payload: { mark: 'm' } }),
      stop: null,
    },
    readAnswer: ({ body }) => {
      if (body === '') return [];
      const ncco: unknown = JSON.parse(body);
      const fault = nccoFault(ncco);
      if (fault !== null) throw new Error(fault);
      return textsOf(ncco);
    },
    live: async () => {
      const vonage = await simulated();
      return {
        account: make(accountOf(vonage.baseUrl)),
        placed: () => vonage.exchange.calls.length,
        stop: () => vonage.stop(),
      };
    },
  };
}

function isOfPlaced(body: string): boolean {
  return body.includes(`"from":"${OURS.slice(1)}"`);
}

/** All texts of an instruction; numbers with their plus. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [/^[1-9]\d{9,14}$/.test(value) ? `+${value}` : value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
