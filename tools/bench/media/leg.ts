import { answerUrl, eventsUrl } from '../../../src/urls/call-urls.js';
import type { FormFields } from '../../carrier/form-fields.js';
import { newSid } from '../../carrier/sids.js';
import type { PatchbayAccount } from './plan.js';
import { callerOf } from './working/seeds.js';

export const INBOUND = 'inbound';
export const OUTBOUND = 'outbound-api';

/** A call as its carrier knows it. */
export interface Leg {
  callSid: string;
  direction: typeof INBOUND | typeof OUTBOUND;
  /** The number at the other end. */
  person: string;
  answerUrl: string;
  eventsUrl: string;
}

/** Somebody calls the account's number. */
export function inboundLeg({ origin }: PatchbayAccount, seed: number, callSid = newSid('CA')): Leg {
  const at = { origin, key: null };
  return {
    callSid,
    direction: INBOUND,
    person: callerOf(seed),
    answerUrl: answerUrl(at, null),
    eventsUrl: eventsUrl(at, null),
  };
}

/** Of every webhook about a call. */
export function callFields(
  { accountSid, number }: PatchbayAccount,
  { callSid, direction, person }: Leg,
  status: string,
): FormFields {
  const [from, to] = direction === INBOUND ? [person, number] : [number, person];
  return [
    ['CallSid', callSid],
    ['AccountSid', accountSid],
    ['From', from],
    ['To', to],
    ['Caller', from],
    ['Called', to],
    ['CallStatus', status],
    ['ApiVersion', '2010-04-01'],
    ['Direction', direction],
  ];
}

/** Of a status callback. */
export function callbackFields(
  account: PatchbayAccount,
  leg: Leg,
  status: string,
  sequence: number,
): FormFields {
  return [
    ...callFields(account, leg, status),
    ['Timestamp', new Date().toUTCString().replace('GMT', '+0000')],
    ['CallbackSource', 'call-progress-events'],
    ['SequenceNumber', String(sequence)],
    ...(status === 'completed' ? ([['CallDuration', '1']] as const) : []),
  ];
}
