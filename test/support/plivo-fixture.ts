import { SaxesParser } from 'saxes';
import { unpacked } from '../../src/providers/plivo/answer.js';
import { PLIVO, type PlivoDialect } from '../../src/providers/plivo/dialect.js';
import { PlivoCarrier } from '../../src/providers/plivo/plivo.carrier.js';
import type { PlivoAccount } from '../../src/providers/plivo/plivo.settings.js';
import { VobizCarrier } from '../../src/providers/vobiz/vobiz.carrier.js';
import { PlivoExchange } from '../../tools/carrier/plivo/exchange.js';
import type { Doubts } from '../../tools/carrier/plivo/exchange-options.js';
import type { Face } from '../../tools/carrier/plivo/faces.js';
import type { CarrierFixture, Sample } from '../contract/carrier.contract.js';

export const AUTH_ID = 'MANWVLYTK4ZWU1YTY4QA';
export const TOKENS = { account: 'token-of-the-account', stranger: 'token-of-a-stranger' };
export const OURS = '+12025550100';
const THEIRS = '14155552671';
const CALL = '3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36';
const REQUEST = '9f1f7a3c-0000-4d85-b1a4-6eae7dbafb36';
const STREAM = '20170ada-f610-433b-8758-c02a2aab3662';

export function accountAt(
  dialect: PlivoDialect,
  apiBaseUrl: string,
  more: Partial<PlivoAccount> = {},
): PlivoCarrier {
  const account: PlivoAccount = {
    apiBaseUrl,
    authId: AUTH_ID,
    authToken: TOKENS.account,
    fromNumbers: [OURS],
    callsPerSecond: 1,
    mediaFormat: 'mulaw',
    acceptsV2: false,
    ...more,
  };
  return dialect === PLIVO ? new PlivoCarrier(account) : new VobizCarrier(account);
}

export const sampleOf =
  (purpose: string) =>
  (more: Record<string, string>): Sample => ({
    purpose,
    body: new URLSearchParams({
      CallUUID: CALL,
      RequestUUID: REQUEST,
      ParentAuthID: AUTH_ID,
      From: OURS.slice(1),
      To: THEIRS,
      Direction: 'outbound',
      ...more,
    }).toString(),
  });
const question = sampleOf('answer');
const callback = sampleOf('events');

const ended = (CallStatus: string, HangupCauseCode: string, Duration = '0') =>
  callback({ CallStatus, HangupCauseCode, Duration, Event: 'Hangup' });

const message = (event: string, more: object = {}) =>
  JSON.stringify({ event, sequenceNumber: 2, streamId: STREAM, ...more });

/** For the kit: an account of this dialect, and the simulator's face of it. */
export function plivoFixture(dialect: PlivoDialect, face: Face, doubts: Partial<Doubts> = {}) {
  const pairsOf = (body: string) => [...new URLSearchParams(body)];
  const lowered = (headers: Record<string, string>) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const extra = Buffer.from('token-1').toString('hex');
  const fixture: CarrierFixture = {
    account: () => accountAt(dialect, 'http://127.0.0.1:1/v1'),
    request: (url, { body }, by) => ({
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...lowered(face.sign({ method: 'POST', url, fields: pairsOf(body) }, TOKENS[by])),
      },
      body: Buffer.from(body),
      target: '/',
      urls: [url],
    }),
    signsUrl: true,
    ...(dialect.signsFields ? {} : { unsigned: ['query', 'body'] }),
    signUpgrade: (url, by) => {
      if (!face.signsUpgrades) return null;
      const asked = url.replace(/^wss/, 'https');
      return lowered(face.sign({ method: 'GET', url: asked, fields: [] }, TOKENS[by]));
    },
    inboundAnswer: question({
      From: THEIRS,
      To: OURS.slice(1),
      CallStatus: 'ringing',
      Direction: 'inbound',
      Event: 'StartApp',
    }),
    outboundAnswer: question({ CallStatus: 'in-progress', Event: 'StartApp' }),
    callbacks: [
      callback({ CallStatus: 'ringing', Event: 'Ring' }),
      ended('completed', '4000', '7'),
      ended('busy', '3010'),
      ended('timeout', '6010'),
      ended('cancel', '1000'),
      ended('failed', '2000'),
      callback({ Event: 'MachineDetection', Machine: 'true', CallStatus: 'in-progress' }),
      callback({ Event: 'StopStream', StreamID: STREAM, CallStatus: 'in-progress' }),
      callback({ Event: 'Record', CallStatus: 'in-progress', RecordingID: 'rec-1' }),
    ],
    withField: ({ purpose, body }, name, value) => ({
      purpose,
      body: `${body}&${new URLSearchParams([[name, value]]).toString()}`,
    }),
    messages: {
      start: message('start', {
        start: {
          callId: CALL,
          streamId: STREAM,
          accountId: AUTH_ID,
          tracks: ['inbound'],
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000 },
        },
        extra_headers: `token=${extra};other=x`,
      }),
      audio: message('media', {
        media: { track: 'inbound', chunk: 1, timestamp: '102', payload: 'f39/fw==' },
      }),
      dtmf: message('dtmf', { dtmf: { track: 'inbound', digit: '5', timestamp: '100' } }),
      mark: message('playedStream', { name: 'm' }),
      stop: message('stop'),
    },
    readAnswer: ({ body }) => (body === '' ? [] : textsOf(body)),
    live: async () => {
      const exchange = await PlivoExchange.start(
        { face, authId: AUTH_ID, authToken: TOKENS.account, numbers: [OURS], gateway: null },
        doubts,
      );
      exchange.courier.delivery = 'lost';
      return {
        account: accountAt(dialect, exchange.apiUrl),
        placed: () => exchange.calls.length,
        stop: () => exchange.stop(),
      };
    },
  };
  return fixture;
}

/** The texts and attributes of an instruction; numbers with their plus, and the token as it was packed. */
function textsOf(xml: string): string[] {
  const texts: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('text', (text) => texts.push(text));
  parser.on('opentag', ({ attributes }) => texts.push(...Object.values(attributes)));
  parser.write(xml).close();
  return texts.flatMap((text) => {
    const [, hex] = /^token=([0-9a-f]+)$/.exec(text) ?? [];
    if (hex !== undefined) return [unpacked(hex)];
    return [/^[1-9]\d{9,14}$/.test(text) ? `+${text}` : text];
  });
}
