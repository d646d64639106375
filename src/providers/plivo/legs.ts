import type { LegReport } from '../../calls/transfers/transfer-entries.js';
import { TRANSFER_FIELD } from '../../calls/transfers/transfer-events.js';
import type { FormFields } from '../ingress.js';
import { transferFailureOf } from './endings.js';
import { wholeNumber, type Fields } from './fields.js';

/** Which transfer a request is about, as the URL that we gave says; null where it says nothing. */
export function transferIn(query: FormFields): number | null {
  const [, value = ''] = query.find(([name]) => name === TRANSFER_FIELD) ?? [];
  return wholeNumber(value, 1, 1_000_000);
}

/** What a `<Dial>` came to, as is told at its `action`; null for a request about none. */
export function dialResult(fields: Fields, transfer: number | null): LegReport | null {
  const status = fields.word('DialStatus');
  if (status === null) return null;
  const ending = { status, code: null, cause: fields.word('DialHangupCause'), seconds: null };
  return {
    ...legOf(fields, transfer, 'answer'),
    step: 'over',
    failure: transferFailureOf(ending),
    durationSeconds: null,
  };
}

/**
 * What a callback of a `<Dial>` says of the person's call; null where it says nothing that matters. That the call was
 * hung up after the two were connected is told at the `action`, too.
 */
export function dialCallback(fields: Fields, transfer: number | null): LegReport | null {
  const about = legOf(fields, transfer, 'status-callback');
  const action = fields.word('DialAction');
  if (action === 'answer' || action === 'connected') return { ...about, step: 'answered' };
  if (action !== 'hangup') return null;
  const failure = transferFailureOf({
    status: 'completed',
    code: fields.word('DialBLegHangupCauseCode'),
    cause: fields.word('DialBLegHangupCause') ?? fields.word('DialBLegHangupCauseName'),
    seconds: about.durationSeconds ?? 0,
  });
  return failure === null ? null : { ...about, step: 'over', failure };
}

function legOf(
  fields: Fields,
  transfer: number | null,
  source: LegReport['source'],
): Omit<LegReport, 'step'> {
  return {
    transfer,
    leg: fields.id('DialBLegUUID'),
    failure: null,
    source,
    occurredAt: null,
    durationSeconds: wholeNumber(fields.get('DialBLegDuration'), 0, 10_000_000),
    sipCode: null,
    payload: fields.toPayload(),
  };
}
