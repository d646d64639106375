import { WebSocket } from 'ws';
import { CONNECTED_MESSAGE, startMessage } from '../../carrier/media/stream-messages.js';
import { newSid } from '../../carrier/sids.js';
import { signUpgrade } from '../../carrier/signing/signature.js';
import { readTwiml } from '../../carrier/twiml/read-twiml.js';
import { ask } from './ask.js';
import { callbackFields, callFields, inboundLeg, OUTBOUND, type Leg } from './leg.js';
import type { Opening } from './opening.js';
import type { GeneratorPlan } from './plan.js';
import { SEEDS } from './working/turns.js';

/** A stream whose `start` has been sent. */
export interface OpenCall {
  socket: WebSocket;
  streamSid: string;
  callSid: string;
  accountSid: string;
  /** Null on a plain server. */
  leg: Leg | null;
  /** The URL to ask when the call is over; null on a plain server. */
  actionUrl: string | null;
  /** Of what is random in the call. */
  seed: number;
}

/** Where a call is opened. */
export type CallTarget = Pick<GeneratorPlan, 'port' | 'otherPorts' | 'patchbay'>;

export type OpenResult = OpenCall | 'rejected' | 'failed';

/**
 * Does what a carrier does: asks what to do with a call, opens the stream that the reply
 * names, and sends `start`. A plain server only gets `start`.
 *
 * @param dialled a call that the service placed, which answers at once; absent: somebody calls
 */
export async function openCall(
  target: CallTarget,
  opening: Opening,
  dialled?: Leg,
): Promise<OpenResult> {
  const { port, patchbay } = target;
  const seed = opened++ % SEEDS;
  const streamSid = newSid('MZ');
  if (!patchbay) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/?seed=${seed}`, {
      perMessageDeflate: false,
    });
    const ids = { streamSid, callSid: newSid('CA'), accountSid: newSid('AC'), seed };
    return start(socket, { ...ids, leg: null, actionUrl: null }, {}, opening);
  }
  const leg = dialled ?? inboundLeg(patchbay, seed);
  if (dialled) await tellProgress(target, dialled);
  const begun = performance.now();
  const fields = callFields(patchbay, leg, dialled ? 'in-progress' : 'ringing');
  const answer = await ask(portInTurn(target), patchbay, leg.answerUrl, fields);
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
  const { accountSid } = patchbay;
  return start(
    socket,
    { streamSid, callSid: leg.callSid, accountSid, seed, leg, actionUrl: verb.action },
    Object.fromEntries(parameters.map(({ name, value }) => [name, value])),
    opening,
  );
}

/** Sends what a carrier asks and reports when a call is over. */
export async function tellCompleted(
  target: CallTarget,
  { leg, actionUrl }: OpenCall,
): Promise<void> {
  const { patchbay } = target;
  if (!patchbay || !leg) return;
  const fields = callFields(patchbay, leg, 'completed');
  if (actionUrl !== null) await ask(portInTurn(target), patchbay, actionUrl, fields);
  const sequence = leg.direction === OUTBOUND ? PROGRESS.length : 0;
  await tell(target, leg, 'completed', sequence);
}

/** What is reported of a call that is placed, until it is answered. */
const PROGRESS = ['initiated', 'ringing', 'in-progress'];

async function tellProgress(target: CallTarget, leg: Leg): Promise<void> {
  for (const [sequence, status] of PROGRESS.entries()) await tell(target, leg, status, sequence);
}

async function tell(target: CallTarget, leg: Leg, status: string, sequence: number): Promise<void> {
  const { patchbay } = target;
  if (!patchbay) return;
  const fields = callbackFields(patchbay, leg, status, sequence);
  await ask(portInTurn(target), patchbay, leg.eventsUrl, fields);
}

let turns = 0;
let opened = 0;

function portInTurn({ port, otherPorts = [] }: CallTarget): number {
  return [port, ...otherPorts][turns++ % (otherPorts.length + 1)] ?? port;
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
