import { MadeUpCarrier } from '../support/made-up-carrier/made-up.carrier.js';
import { MadeUpExchange } from '../support/made-up-carrier/made-up-exchange.js';
import {
  signatureOf,
  SIGNATURE_HEADER,
  type MadeUpEvent,
} from '../support/made-up-carrier/made-up-protocol.js';
import { BINARY_FRAME_BYTES } from '../support/binary-dialect.js';
import { describeCarrier, type Sample } from './carrier.contract.js';

const OURS = '+12025550100';
const THEIRS = '+14155552671';
const SECRETS = { account: 'secret-of-the-account', stranger: 'secret-of-a-stranger' };
const API_KEY = 'key-of-the-api';

function accountAt(apiUrl: string): MadeUpCarrier {
  const secret = SECRETS.account;
  return new MadeUpCarrier({ key: 'made-up', apiUrl, apiKey: API_KEY, secret, numbers: [OURS] });
}

let told = 0;
function event(fields: Partial<MadeUpEvent>): Sample {
  const whole: MadeUpEvent = {
    event_id: `ev_${(told += 1)}`,
    type: 'call.ringing',
    call_id: 'call_1',
    request_id: 'req_1',
    direction: 'out',
    from: OURS,
    to: THEIRS,
    at: '2026-08-04T09:12:01.602Z',
    ...fields,
  };
  return { purpose: 'events', body: JSON.stringify(whole) };
}

let signed = 0;

describeCarrier('made-up', {
  account: () => accountAt('http://127.0.0.1:1'),
  request: (url, { body }, by) => {
    // A second earlier each time: no signature comes twice.
    const seconds = Math.floor(Date.now() / 1000) - ((signed += 1) % 200);
    return {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [SIGNATURE_HEADER]: signatureOf(SECRETS[by], body, seconds),
      },
      body: Buffer.from(body),
      target: '/',
      urls: [url],
    };
  },
  signsUrl: false,
  signUpgrade: () => null,
  inboundAnswer: event({ type: 'call.incoming', direction: 'in', from: THEIRS, to: OURS }),
  outboundAnswer: event({ type: 'call.answered' }),
  callbacks: [
    event({ type: 'call.initiated' }),
    event({ type: 'call.ringing' }),
    event({ type: 'call.answered', direction: 'in' }),
    event({ type: 'call.ended', because: 'hangup', seconds: 7 }),
    event({ type: 'call.ended', because: 'busy' }),
    event({ type: 'call.ended', because: 'no_answer' }),
    event({ type: 'call.ended', because: 'failed' }),
  ],
  withField: ({ purpose, body }, name, value) => ({
    purpose,
    body: body.replace(/\}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`),
  }),
  messages: {
    start: null,
    audio: Buffer.alloc(BINARY_FRAME_BYTES),
    dtmf: 'DIGIT 5',
    mark: null,
    stop: null,
  },
  readAnswer: ({ body }) => Object.keys(JSON.parse(body) as object),
  live: async () => {
    const exchange = await MadeUpExchange.start({
      apiKey: API_KEY,
      secret: SECRETS.account,
      gateway: null,
    });
    exchange.losesEvents = true;
    return {
      account: accountAt(exchange.apiUrl),
      placed: () => exchange.calls.length,
      stop: () => exchange.stop(),
    };
  },
});
