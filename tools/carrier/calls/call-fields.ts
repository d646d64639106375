import type { FormFields } from '../form-fields.js';
import { rfc2822 } from '../dates.js';
import type { CallStatus } from './call-status.js';
import { isFinal } from './call-status.js';
import type { SimulatedCall } from './simulated-call.js';

const PARTIES = ['From', 'To', 'Caller', 'Called'] as const;
/** Real requests carry these fields, empty, even when nothing is known. */
const PLACES = ['City', 'State', 'Zip', 'Country'] as const;

/** What every voice webhook carries (Twilio docs, TwiML: request parameters). */
export function callFields(
  call: SimulatedCall,
  accountSid: string,
  status: CallStatus = call.status,
): FormFields {
  return [
    ['CallSid', call.sid],
    ['AccountSid', accountSid],
    ['From', call.from],
    ['To', call.to],
    ['Caller', call.from],
    ['Called', call.to],
    ['CallStatus', status],
    ['ApiVersion', '2010-04-01'],
    ['Direction', call.direction],
    ...(call.plan.parentSid === null ? [] : [['ParentCallSid', call.plan.parentSid] as const]),
    ...PARTIES.flatMap((party) => PLACES.map((place) => [party + place, ''] as const)),
    ...(call.answeredBy === null ? [] : [['AnsweredBy', call.answeredBy] as const]),
  ];
}

/** What a status callback carries in addition (Twilio docs, Call resource: StatusCallback). */
export function statusFields(
  call: SimulatedCall,
  status: CallStatus,
  sequence: number,
  at: Date,
): FormFields {
  const always = [
    ['Timestamp', rfc2822(at)],
    ['CallbackSource', 'call-progress-events'],
    ['SequenceNumber', String(sequence)],
  ] as const;
  if (!isFinal(status)) return always;
  return [
    ...always,
    ['CallDuration', String(call.durationSeconds)],
    // Billed minutes.
    ['Duration', String(Math.ceil(call.durationSeconds / 60))],
    ...(call.sipCode === null ? [] : [['SipResponseCode', String(call.sipCode)] as const]),
  ];
}
