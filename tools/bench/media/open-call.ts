import { Agent, request } from 'node:http';
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { signUpgrade, signWebhook } from '../../carrier/signing/signature.js';
import type { GeneratorPlan } from './plan.js';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** A stream whose `start` has been sent. */
export interface OpenCall {
  socket: WebSocket;
  streamSid: string;
  callSid: string;
}

export type OpenResult = OpenCall | 'rejected' | 'failed';

/** As a carrier does: asks what to do with an inbound call, opens the stream it is told, says `start`. */
export async function openCall(plan: GeneratorPlan): Promise<OpenResult> {
  const callSid = `CA${randomBytes(16).toString('hex')}`;
  const streamSid = `MZ${randomBytes(16).toString('hex')}`;
  const { patchbay, port } = plan;
  if (!patchbay) {
    return start(new WebSocket(`ws://127.0.0.1:${port}/`), { streamSid, callSid, token: '' });
  }
  const answer = await ask(port, patchbay, callSid);
  if (answer === null) return 'failed';
  if (answer.includes('<Reject')) return 'rejected';
  const url = /<Stream url="([^"]+)"/.exec(answer)?.[1];
  const token = /name="token" value="([^"]+)"/.exec(answer)?.[1];
  if (url === undefined || token === undefined) return 'failed';
  const socket = new WebSocket(`ws://127.0.0.1:${port}${new URL(url).pathname}`, {
    perMessageDeflate: false,
    headers: { 'X-Twilio-Signature': signUpgrade(url, patchbay.authToken) },
  });
  return start(socket, { streamSid, callSid, token, accountSid: patchbay.accountSid });
}

type Account = NonNullable<GeneratorPlan['patchbay']>;

function ask(port: number, patchbay: Account, callSid: string): Promise<string | null> {
  return post(port, '/api/v1/telephony/twiml', patchbay, {
    CallSid: callSid,
    AccountSid: patchbay.accountSid,
    From: '+12025550143',
    To: patchbay.number,
    CallStatus: 'ringing',
    Direction: 'inbound',
    ApiVersion: '2010-04-01',
  });
}

/** The call is over; a carrier says so. */
export async function tellEnd(plan: GeneratorPlan, { callSid }: OpenCall): Promise<void> {
  const { patchbay, port } = plan;
  if (!patchbay) return;
  await post(port, '/api/v1/telephony/status-callback', patchbay, {
    CallSid: callSid,
    AccountSid: patchbay.accountSid,
    CallStatus: 'completed',
    CallDuration: '1',
    Direction: 'inbound',
    ApiVersion: '2010-04-01',
  });
}

function post(
  port: number,
  path: string,
  { origin, authToken }: Account,
  fields: Record<string, string>,
): Promise<string | null> {
  const body = new URLSearchParams(fields).toString();
  return new Promise((resolve) => {
    const asked = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path,
        headers: {
          Host: new URL(origin).host,
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': Buffer.byteLength(body),
          'X-Twilio-Signature': signWebhook(origin + path, fields, authToken),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve((response.statusCode ?? 500) < 300 ? text : null));
      },
    );
    asked.on('error', () => resolve(null));
    asked.end(body);
  });
}

function start(
  socket: WebSocket,
  ids: { streamSid: string; callSid: string; token: string; accountSid?: string },
): Promise<OpenResult> {
  const { streamSid, callSid, token, accountSid = `AC${'0'.repeat(32)}` } = ids;
  return new Promise((resolve) => {
    socket.once('error', () => resolve('failed'));
    socket.once('open', () => {
      socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
      socket.send(
        JSON.stringify({
          event: 'start',
          sequenceNumber: '1',
          streamSid,
          start: {
            accountSid,
            streamSid,
            callSid,
            tracks: ['inbound'],
            mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
            customParameters: { token },
          },
        }),
      );
      resolve({ socket, streamSid, callSid });
    });
  });
}
