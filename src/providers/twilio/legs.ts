import type { LegReport } from '../../calls/transfers/transfer-entries.js';
import { TRANSFER_FIELD, type TransferFailure } from '../../calls/transfers/transfer-events.js';
import type { FormFields } from '../ingress.js';
import { timestamp, wholeNumber, type Fields } from './fields.js';

/** `DialCallStatus` and the `CallStatus` of the person's call, where nobody was connected. */
const FAILURES: Readonly<Record<string, TransferFailure>> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  failed: 'failed',
  canceled: 'failed',
};
const STEPS: Readonly<Record<string, LegReport['step']>> = {
  initiated: 'ringing',
  ringing: 'ringing',
  'in-progress': 'answered',
};

/** Which transfer a request is about, as the URL that we gave says; null where it says nothing. */
export function transferIn(query: FormFields): number | null {
  const [, value = ''] = query.find(([name]) => name === TRANSFER_FIELD) ?? [];
  return wholeNumber(value, 1, 1_000_000);
}

/** What a `<Dial>` came to, as Twilio tells at its `action`; null for a request about none. */
export function dialResult(fields: Fields, transfer: number | null): LegReport | null {
  const status = fields.get('DialCallStatus');
  if (status === null) return null;
  // A person who hangs up while something is announced to them has answered, and was not connected.
  const isDeclined = fields.get('DialBridged') === 'false';
  return {
    ...legOf(fields, transfer, 'answer'),
    leg: fields.get('DialCallSid'),
    step: 'over',
    failure: FAILURES[status] ?? (isDeclined ? 'failed' : null),
    durationSeconds: wholeNumber(fields.get('DialCallDuration'), 0, 10_000_000),
  };
}

/** For a request for what the person is to hear. */
export function personAsks(fields: Fields, transfer: number | null): LegReport {
  return { ...legOf(fields, transfer, 'answer'), step: 'answered' };
}

/**
 * What a callback says of the person's call; null where it says nothing that matters. That such a call
 * was completed does not tell whether the two were connected: the `action` of the `<Dial>` does.
 */
export function legCallback(fields: Fields, transfer: number | null): LegReport | null {
  const status = fields.get('CallStatus') ?? '';
  const about = legOf(fields, transfer, 'status-callback');
  const step = STEPS[status];
  if (step !== undefined) return { ...about, step };
  const failure = status === 'canceled' ? undefined : FAILURES[status];
  return failure === undefined ? null : { ...about, step: 'over', failure };
}

function legOf(
  fields: Fields,
  transfer: number | null,
  source: LegReport['source'],
): Omit<LegReport, 'step'> {
  const sipCode = wholeNumber(fields.get('SipResponseCode'), 0, 999);
  return {
    transfer,
    leg: fields.get('CallSid'),
    failure: null,
    source,
    occurredAt: timestamp(fields.get('Timestamp')),
    durationSeconds: null,
    sipCode: sipCode === 0 ? null : sipCode,
    payload: fields.toPayload(),
  };
}
