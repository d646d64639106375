import type { SimulatedCall } from '../calls/simulated-call.js';
import type { FormFields } from '../form-fields.js';
import { field } from '../form-fields.js';
import { readDocument } from '../twiml/read-reply.js';
import { checkMethod, checkUrl } from './check-url.js';
import type { AccountRules } from './create-call.js';
import { checkTwiml, warnOfUnknown } from './create-call.js';
import { badRequest } from './twilio-error.js';

const KNOWN_PARAMETERS = new Set(
  `Url Method Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod Twiml
  TimeLimit`.split(/\s+/),
);

/** Hangs up, cancels or redirects a call. Throws a TwilioError where Twilio would refuse. */
export function updateCall(call: SimulatedCall, form: FormFields, account: AccountRules): void {
  warnOfUnknown(form, KNOWN_PARAMETERS, account);
  const status = field(form, 'Status');
  const url = field(form, 'Url');
  const twiml = field(form, 'Twiml');
  if (url && twiml) throw badRequest(20_001, 'Url and Twiml exclude each other');
  if (status && status !== 'canceled' && status !== 'completed') {
    throw badRequest(20_001, 'Status must be canceled or completed');
  }
  if (call.over.aborted) throw badRequest(21_220, 'Call is not in-progress. Cannot redirect.');
  if (status === 'canceled') return cancel(call);
  if (status === 'completed') return hangUp(call);
  if (!url && !twiml) return;
  if (call.answeredAt === null) {
    throw badRequest(21_220, 'Call is not in-progress. Cannot redirect.');
  }
  if (url) {
    const checked = checkUrl(url, 'Url', account.allowPlainHttp);
    const method = checkMethod(field(form, 'Method'), 'Method');
    call.redirect({ kind: 'ask', as: 'redirect', target: { url: checked, method } });
  } else if (twiml) {
    const document = readDocument(checkTwiml(twiml));
    if (document.kind === 'error') throw badRequest(document.code, document.message);
    call.redirect({ kind: 'twiml', text: twiml });
  }
}

/** Twilio docs, Call resource: "will not affect calls already in progress". */
function cancel(call: SimulatedCall): void {
  if (call.answeredAt === null) call.end('canceled', 487);
}

/** Twilio does not document what `completed` does to a call that still rings; here it becomes `canceled`. */
function hangUp(call: SimulatedCall): void {
  if (call.answeredAt === null) cancel(call);
  else call.end('completed', 200);
}
