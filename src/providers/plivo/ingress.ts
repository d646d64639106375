import type { AnswerInstruction } from '../answer-instruction.js';
import { formFields, queryFields, readable } from '../form-fields.js';
import {
  WebhookIngress,
  type FormFields,
  type IngressRoute,
  type Malformed,
  type RawRequest,
  type Reply,
  type Told,
} from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import { renderAnswer } from './answer.js';
import { readRequest } from './callbacks.js';
import { Fields } from './fields.js';
import type { MediaFormat } from './plivo.settings.js';
import { verifyWebhook, type Signer } from './signature.js';

const HEARD: Reply = { status: 200, contentType: null, body: '' };

/** Plivo asks for XML and reports calls with flat forms, or with queries where it is configured to use GET. */
export class PlivoIngress extends WebhookIngress {
  readonly routes: readonly IngressRoute[] = [
    { purpose: 'answer', methods: ['GET', 'POST'] },
    { purpose: 'events', methods: ['GET', 'POST'] },
  ];
  override readonly marks: readonly string[];

  constructor(
    private readonly signer: Signer,
    private readonly mediaFormat: MediaFormat,
  ) {
    super();
    this.marks = [`${signer.dialect.signatureHeader}-v3`];
  }

  verify(request: RawRequest): SignatureVerdict {
    return verifyWebhook(request, this.signer);
  }

  override callIdOf(request: RawRequest): string | null {
    return new Fields(fieldsOf(request)).id('CallUUID');
  }

  read(request: RawRequest, purpose: string): Told | Malformed {
    const query = queryFields(request.target);
    return readRequest(fieldsOf(request), purpose, query, this.signer.dialect);
  }

  render(instruction: AnswerInstruction | null): Reply {
    if (instruction === null) return HEARD;
    const body = renderAnswer(instruction, this.signer.dialect, this.mediaFormat);
    return { status: 200, contentType: 'application/xml; charset=utf-8', body };
  }
}

/** The form of a POST, the query of a GET. */
function fieldsOf({ method, body, target }: RawRequest): FormFields {
  return readable(method === 'GET' ? queryFields(target) : formFields(body));
}
