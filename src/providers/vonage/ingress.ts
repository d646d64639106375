import {
  isMalformed,
  WebhookIngress,
  type AnswerInstruction,
  type IngressRoute,
  type Malformed,
  type RawRequest,
  type Reply,
  type Told,
} from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import { nccoOf } from './answer.js';
import { SIGNATURE_HEADER, verifyWebhook, type Signer } from './signature.js';
import { readRequest } from './told.js';

/** To a synchronous event an empty reply changes nothing. */
const HEARD: Reply = { status: 200, contentType: null, body: '' };

/** Vonage asks for NCCOs and tells of events in JSON, or in a query where an application is set to GET. */
export class VonageIngress extends WebhookIngress {
  readonly routes: readonly IngressRoute[] = [
    { purpose: 'answer', methods: ['GET', 'POST'] },
    { purpose: 'events', methods: ['GET', 'POST'] },
  ];
  /** It has no header of its own. */
  override readonly marks = [SIGNATURE_HEADER];

  constructor(private readonly signer: Signer) {
    super();
  }

  verify(request: RawRequest): SignatureVerdict {
    return verifyWebhook(request, this.signer);
  }

  override callIdOf(request: RawRequest): string | null {
    const told = readRequest(request, 'events');
    return isMalformed(told) ? null : told.ids.call;
  }

  read(request: RawRequest, purpose: string): Told | Malformed {
    return readRequest(request, purpose);
  }

  render(instruction: AnswerInstruction | null): Reply {
    if (instruction === null) return HEARD;
    return {
      status: 200,
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify(nccoOf(instruction)),
    };
  }
}
