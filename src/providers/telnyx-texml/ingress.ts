import type { KeyObject } from 'node:crypto';
import { formFields, readable } from '../form-fields.js';
import type {
  AnswerInstruction,
  IngressRoute,
  Malformed,
  RawRequest,
  Reply,
  Told,
} from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import { keyOf, verifySignature } from '../telnyx/signature.js';
import { TwilioIngress } from '../twilio/ingress.js';
import { renderTexml } from './answer.js';
import { TEXML } from './texml.dialect.js';

const HEARD: Reply = { status: 200, contentType: null, body: '' };

/** Twilio's webhooks with Telnyx's signature. A GET is not taken, since nobody says what is signed of it. */
export class TexmlIngress extends TwilioIngress {
  override readonly routes: readonly IngressRoute[] = [
    { purpose: 'answer', methods: ['POST'] },
    { purpose: 'events', methods: ['POST'] },
  ];
  private readonly key: KeyObject | null;

  constructor(
    publicKey: string,
    private readonly now: () => number = Date.now,
  ) {
    super([], TEXML);
    this.key = keyOf(publicKey);
  }

  override verify(request: RawRequest): SignatureVerdict {
    return verifySignature(request, this.key, Math.floor(this.now() / 1000));
  }

  override read(request: RawRequest, purpose: string): Told | Malformed {
    return super.read({ ...request, body: inTwiliosWords(request.body) }, purpose);
  }

  override render(instruction: AnswerInstruction | null): Reply {
    return instruction === null ? HEARD : { status: 200, ...renderTexml(instruction) };
  }
}

/**
 * Adds what Twilio would have said: which way the call goes, since one that we placed asks once it is answered, and
 * the SIP status under Twilio's name.
 */
function inTwiliosWords(body: Buffer): Buffer {
  const fields = new Map(readable(formFields(body)));
  const more = new URLSearchParams();
  if (!fields.has('Direction') && fields.get('CallStatus') === 'ringing') {
    more.set('Direction', 'inbound');
  }
  const sip = fields.get('SipHangupCause') ?? '';
  if (/^[1-6]\d\d$/.test(sip) && !fields.has('SipResponseCode')) more.set('SipResponseCode', sip);
  return more.size === 0 ? body : Buffer.concat([body, Buffer.from(`&${more.toString()}`)]);
}
