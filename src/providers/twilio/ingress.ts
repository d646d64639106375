import { callNamed } from '../../calls/ledger/call-ids.js';
import { formFields, queryFields, readable } from '../form-fields.js';
import {
  isMalformed,
  WebhookIngress,
  type AnswerInstruction,
  type FormFields,
  type IngressRoute,
  type Malformed,
  type RawRequest,
  type Reply,
  type Told,
} from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import { parseAnswer, renderAnswer } from './answer.js';
import { parseCallback } from './callbacks.js';
import { TWILIO, type TwimlDialect } from './dialect.js';
import { callIdOf } from './fields.js';
import { verifyWebhookSignature } from './signature.js';

const HEARD: Reply = { status: 204, contentType: null, body: '' };

/**
 * Twilio requests TwiML and reports calls with flat forms, or with queries where it is configured
 * to use GET.
 */
export class TwilioIngress extends WebhookIngress {
  readonly routes: readonly IngressRoute[] = [
    { purpose: 'answer', methods: ['GET', 'POST'] },
    { purpose: 'events', methods: ['POST'] },
  ];
  override readonly marks: readonly string[];

  /** @param tokens auth tokens that may have signed; two while they rotate */
  constructor(
    private readonly tokens: readonly string[],
    private readonly dialect: TwimlDialect = TWILIO,
  ) {
    super();
    this.marks = [dialect.signatureHeader];
  }

  verify(request: RawRequest): SignatureVerdict {
    return verifyWebhookSignature(request, this.tokens, this.dialect.signatureHeader);
  }

  override callIdOf(request: RawRequest): string | null {
    return callIdOf(fieldsOf(request), this.dialect);
  }

  read(request: RawRequest, purpose: string): Told | Malformed {
    const fields = fieldsOf(request);
    const query = queryFields(request.target);
    return purpose === 'answer'
      ? question(fields, this.dialect, query)
      : callback(fields, this.dialect, query);
  }

  render(instruction: AnswerInstruction | null): Reply {
    return instruction === null
      ? HEARD
      : { status: 200, ...renderAnswer(instruction, this.dialect) };
  }
}

/** Twilio's fields: the form of a POST, the query of a GET. */
function fieldsOf({ method, body, target }: RawRequest): FormFields {
  return readable(method === 'GET' ? queryFields(target) : formFields(body));
}

function question(fields: FormFields, dialect: TwimlDialect, query: FormFields): Told | Malformed {
  const asked = parseAnswer(fields, dialect, query);
  if (isMalformed(asked)) return asked;
  const { callId, accountId, leg, request } = asked;
  return { ids: callNamed(callId), accountId, events: [], question: request, leg };
}

function callback(fields: FormFields, dialect: TwimlDialect, query: FormFields): Told | Malformed {
  const report = parseCallback(fields, dialect, query);
  if (isMalformed(report)) return report;
  const { callId, accountId, event, leg } = report;
  const events = event === null ? [] : [event];
  return { ids: callNamed(callId), accountId, events, question: null, leg };
}
