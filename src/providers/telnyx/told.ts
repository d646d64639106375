import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import type { CallIds } from '../../calls/ledger/call-ids.js';
import type { CallStatus } from '../../calls/ledger/call-status.js';
import type { LegReport } from '../../calls/transfers/transfer-entries.js';
import { isJsonObject, type JsonObject } from '../../shared/json-object.js';
import type { AnswerRequest, Malformed, Told } from '../ingress.js';
import { decodeState, isId, type ClientState } from './client-state.js';
import { endingOf, failureOfPerson } from './endings.js';

/** One event of Telnyx's, with what all of them have. */
interface TelnyxEvent {
  id: string;
  /** With dots alone, because some come with underscores: `call.machine.detection.ended`. */
  type: string;
  at: Date | null;
  payload: JsonObject;
  ids: CallIds & { call: string };
  connection: string | null;
  state: ClientState | null;
}

/** The events whose digits, sounds and costs come to us in another way, or not at all. */
const UNNEEDED =
  /^call\.(dtmf|playback|speak|gather|fork|bridged|cost|siprec|enqueued|dequeued|conversation)/;

/** Twilio's words, which the agents know. */
const MACHINES: Readonly<Record<string, string>> = {
  human: 'human',
  human_residence: 'human',
  human_business: 'human',
  machine: 'machine_start',
  fax_detected: 'fax',
  not_sure: 'unknown',
  silence: 'unknown',
};
const GREETINGS: Readonly<Record<string, string>> = {
  beep_detected: 'machine_end_beep',
  ended: 'machine_end_silence',
  no_beep_detected: 'machine_end_silence',
};

/** Reads the body of a webhook (https://developers.telnyx.com/api/call-control, "Callbacks"). */
export function toldBy(body: Buffer): Told | Malformed {
  const data = dataOf(body);
  if (data === null) return { malformed: 'not an event' };
  const { id, event_type: type, payload, occurred_at: at } = data;
  if (!isId(id)) return { malformed: 'data.id is missing' };
  if (typeof type !== 'string' || !/^[a-z_.]{1,64}$/.test(type)) {
    return { malformed: 'data.event_type is missing' };
  }
  const about = isJsonObject(payload) ? payload : {};
  const { call_control_id: call, call_leg_id: leg, call_session_id: session } = about;
  const name = type.replaceAll('_', '.');
  if (!isId(call)) {
    const isOurs = /^(call|streaming)\./.test(name);
    // Telnyx sends other things too to where it was told to send events.
    return isOurs
      ? { malformed: 'payload.call_control_id is missing' }
      : { ids: { call: null }, accountId: null, events: [], question: null };
  }
  const ids = { call, ...(isId(leg) ? { leg } : {}), ...(isId(session) ? { session } : {}) };
  const connection = isId(about['connection_id']) ? about['connection_id'] : null;
  const state = decodeState(about['client_state']);
  const event = { id, type: name, at: dateOf(at), payload: about, ids, connection, state };
  return state?.kind === 'person' ? ofPerson(event, state) : ofCall(event);
}

function ofCall(event: TelnyxEvent): Told {
  const { ids, connection, type } = event;
  const told = (
    events: readonly CallEventDraft[],
    question: AnswerRequest | null = null,
  ): Told => ({ ids, accountId: connection, events, question });
  switch (type) {
    case 'call.initiated':
      return event.payload['direction'] === 'incoming'
        ? told([], questionOf(event, 'inbound', 'ringing'))
        : told([statusOf(event, 'initiated')]);
    case 'call.ringing':
      return told([statusOf(event, 'ringing')]);
    case 'call.answered': {
      const isPlaced = event.state?.kind === 'placed';
      return told(
        [statusOf(event, 'answered')],
        isPlaced ? questionOf(event, 'outbound', 'answered') : null,
      );
    }
    case 'call.hangup':
      return told([hangupOf(event)]);
    case 'call.machine.detection.ended':
    case 'call.machine.premium.detection.ended':
      return told([machineOf(event, MACHINES[wordOf(event, 'result')] ?? 'unknown')]);
    case 'call.machine.greeting.ended':
    case 'call.machine.premium.greeting.ended':
      return told([machineOf(event, GREETINGS[wordOf(event, 'result')] ?? 'machine_end_other')]);
    case 'streaming.started':
    case 'streaming.stopped':
    case 'streaming.failed':
      return told([streamOf(event)]);
    default:
      return told(UNNEEDED.test(type) ? [] : [eventOf(event, 'other', { about: type })]);
  }
}

/** What is told of the person's call of a transfer, in a call of its own. */
function ofPerson(event: TelnyxEvent, state: ClientState & { kind: 'person' }): Told {
  const report = reportOf(event, state.transfer);
  const ids = { call: state.call };
  if (report === null) return { ids, accountId: null, events: [], question: null };
  // The caller waits for what follows. Only a call that we know can have a transfer, whichever way it came.
  const question = report.step === 'over' ? questionOf(event, 'outbound', null) : null;
  return { ids, accountId: null, events: [], question, leg: report };
}

function reportOf(event: TelnyxEvent, transfer: number): LegReport | null {
  const report = (step: LegReport['step']): LegReport => ({
    transfer,
    leg: event.ids.call,
    step,
    failure: null,
    source: 'status-callback',
    occurredAt: event.at,
    durationSeconds: null,
    sipCode: null,
    payload: payloadOf(event),
  });
  switch (event.type) {
    case 'call.initiated':
    case 'call.ringing':
      return report('ringing');
    case 'call.answered':
    case 'call.bridged':
      return report('answered');
    case 'call.hangup': {
      const sipCode = sipCodeOf(event);
      const failure = failureOfPerson(endingOf(wordOf(event, 'hangup_cause'), sipCode));
      return { ...report('over'), failure, sipCode };
    }
    default:
      return null;
  }
}

function questionOf(
  event: TelnyxEvent,
  direction: AnswerRequest['direction'],
  status: CallStatus | null,
): AnswerRequest {
  return {
    direction,
    from: partyOf(event.payload['from']),
    to: partyOf(event.payload['to']),
    status,
    providerStatus: event.type,
    answeredBy: null,
    payload: payloadOf(event),
  };
}

function hangupOf(event: TelnyxEvent): CallEventDraft {
  const cause = wordOf(event, 'hangup_cause');
  const sipCode = sipCodeOf(event);
  const { status, endReason } = endingOf(cause, sipCode);
  const source = wordOf(event, 'hangup_source');
  return callEvent({
    ...statusOf(event, status),
    providerStatus: cause || event.type,
    endReason,
    sipCode,
    detail: source === '' ? {} : { hangup_source: source },
  });
}

function machineOf(event: TelnyxEvent, answeredBy: string): CallEventDraft {
  return { ...eventOf(event, 'machine', { answered_by: answeredBy }), answeredBy };
}

function streamOf(event: TelnyxEvent): CallEventDraft {
  const reason = wordOf(event, 'failure_reason');
  const detail = { carrier: event.type, ...(reason === '' ? {} : { error: reason }) };
  return eventOf(event, 'stream', detail);
}

function statusOf(event: TelnyxEvent, status: CallStatus): CallEventDraft {
  return { ...eventOf(event, 'status', {}), status, providerStatus: event.type };
}

/** The same id is the same fact, however often and by whichever way it comes. */
function eventOf(
  event: TelnyxEvent,
  type: CallEventDraft['type'],
  detail: JsonObject,
): CallEventDraft {
  return callEvent({
    type,
    source: 'status-callback',
    occurredAt: event.at,
    detail,
    payload: payloadOf(event),
    dedupeKey: `event:${event.id}`,
  });
}

function payloadOf({ id, type, payload }: TelnyxEvent): JsonObject {
  return { ...payload, id, event_type: type };
}

/** The SIP status; Telnyx writes a text, and `unspecified` where there is none. */
function sipCodeOf({ payload }: TelnyxEvent): number | null {
  const told = payload['sip_hangup_cause'];
  const code = typeof told === 'string' || typeof told === 'number' ? Number(told) : Number.NaN;
  return Number.isInteger(code) && code >= 100 && code <= 699 ? code : null;
}

/** A word of Telnyx's; empty for anything else. */
function wordOf({ payload }: TelnyxEvent, name: string): string {
  const word = payload[name];
  return typeof word === 'string' && /^[\w .-]{1,64}$/.test(word) ? word.toLowerCase() : '';
}

function partyOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 256).replaceAll('\0', '\uFFFD') : '';
}

function dateOf(value: unknown): Date | null {
  const millis = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(millis) ? null : new Date(millis);
}

function dataOf(body: Buffer): JsonObject | null {
  try {
    const { data } = Object(JSON.parse(body.toString('utf8'))) as { data?: unknown };
    return isJsonObject(data) ? data : null;
  } catch {
    return null;
  }
}
