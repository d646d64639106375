import { WebSocket } from 'ws';
import { answerUrl, eventsUrl } from '../../../src/urls/call-urls.js';
import type { FormFields } from '../../carrier/form-fields.js';
import { CONNECTED_MESSAGE, startMessage } from '../../carrier/media/stream-messages.js';
import { newSid } from '../../carrier/sids.js';
import { signUpgrade } from '../../carrier/signing/signature.js';
import { readTwiml } from '../../carrier/twiml/read-twiml.js';
import { ask } from './ask.js';
import type { Opening } from './opening.js';
import type { GeneratorPlan, PatchbayAccount } from './plan.js';
import { callerOf } from './working/seeds.js';
import { SEEDS } from './working/turns.js';

/** A stream whose `start` has been sent. */
export interface OpenCall {
  socket: WebSocket;
  streamSid: string;
  callSid: string;
  accountSid: string;
  /** The URL to ask when the call is over; null on a plain server. */
  actionUrl: string | null;
  /** Of what is random in the call. */
  seed: number;
}

/** Where a call is opened. */
export type CallTarget = Pick<GeneratorPlan, 'port' | 'otherPorts' | 'patchbay'>;

export type OpenResult = OpenCall | 'rejected' | 'failed';

/**
 * Does what a carrier does: asks what to do with an inbound call, opens the stream that
 * the reply names, and sends `start`. A plain server only gets `start`.
 */
export async function openCall(target: CallTarget, opening: Opening): Promise<OpenResult> {
  const { port, patchbay } = target;
  const seed = opened++ % SEEDS;
  const ids = { streamSid: newSid('MZ'), callSid: newSid('CA'), seed };
  if (!patchbay) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/?seed=${seed}`, {
      perMessageDeflate: false,
    });
    return start(socket, { ...ids, accountSid: newSid('AC'), actionUrl: null }, {}, opening);
  }
  const begun = performance.now();
  const fields = callFields(patchbay, ids.callSid, 'ringing', callerOf(seed));
  const answer = await ask(
    portInTurn(target),
    patchbay,
    answerUrl({ origin: patchbay.origin, key: null }, null),
    fields,
  );
  if (answer === null) return 'failed';
  opening.answer.add(performance.now() - begun);
  const reading = readTwiml(answer);
  const verb = reading.kind === 'document' ? reading.verbs[0] : undefined;
  if (verb?.kind === 'reject') return 'rejected';
  if (verb?.kind !== 'connect' || !verb.stream) return 'failed';
  const { url, parameters } = verb.stream;
  const socket = new WebSocket(`ws://127.0.0.1:${portInTurn(target)}${new URL(url).pathname}`, {
    perMessageDeflate: false,
    headers: { 'X-Twilio-Signature': signUpgrade(url, patchbay.authToken) },
  });
  return start(
    socket,
    { ...ids, accountSid: patchbay.accountSid, actionUrl: verb.action },
    Object.fromEntries(parameters.map(({ name, value }) => [name, value])),
    opening,
  );
}

/** Sends what a carrier asks and reports when a call is over. */
export async function tellCompleted(
  target: CallTarget,
  { callSid, actionUrl, seed }: OpenCall,
): Promise<void> {
  const { patchbay } = target;
  if (!patchbay) return;
  const fields = callFields(patchbay, callSid, 'completed', callerOf(seed));
  if (actionUrl !== null) await ask(portInTurn(target), patchbay, actionUrl, fields);
  const callback = callbackFields(patchbay, callSid, 'completed', 0);
  await ask(
    portInTurn(target),
    patchbay,
    eventsUrl({ origin: patchbay.origin, key: null }, null),
    callback,
  );
}

let turns = 0;
let opened = 0;

function portInTurn({ port, otherPorts = [] }: CallTarget): number {
  return [port, ...otherPorts][turns++ % (otherPorts.length + 1)] ?? port;
}

/** Of a status callback. */
export function callbackFields(
  account: PatchbayAccount,
  callSid: string,
  status: string,
  sequence: number,
): FormFields {
  return [
    ...callFields(account, callSid, status),
    ['Timestamp', new Date().toUTCString().replace('GMT', '+0000')],
    ['CallbackSource', 'call-progress-events'],
    ['SequenceNumber', String(sequence)],
    ...(status === 'completed' ? ([['CallDuration', '1']] as const) : []),
  ];
}

/** Of every webhook about an inbound call. */
export function callFields(
  { accountSid, number }: PatchbayAccount,
  callSid: string,
  status: string,
  caller = callerOf(0),
): FormFields {
  return [
    ['CallSid', callSid],
    ['AccountSid', accountSid],
    ['From', caller],
    ['To', number],
    ['Caller', caller],
    ['Called', number],
    ['CallStatus', status],
    ['ApiVersion', '2010-04-01'],
    ['Direction', 'inbound'],
  ];
}

function start(
  socket: WebSocket,
  call: Omit<OpenCall, 'socket'>,
  customParameters: Record<string, string>,
  opening: Opening,
): Promise<OpenResult> {
  const begun = performance.now();
  return new Promise((resolve) => {
    socket.on('error', () => resolve('failed'));
    socket.once('open', () => {
      opening.upgrade.add(performance.now() - begun);
      socket.send(CONNECTED_MESSAGE);
      socket.send(startMessage(1, { ...call, customParameters }));
      resolve({ socket, ...call });
    });
  });
}
