import type { KeyObject } from 'node:crypto';
import type { CallIds } from '../../calls/ledger/call-ids.js';
import {
  WebhookIngress,
  type AnswerInstruction,
  type AnswerRequest,
  type DoResult,
  type IngressRoute,
  type Malformed,
  type RawRequest,
  type Reply,
  type Told,
} from '../ingress.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import type { TelnyxInstructions } from './instructions.js';
import { keyOf, SIGNATURE_HEADER, verifySignature } from './signature.js';
import { toldBy } from './told.js';

const HEARD: Reply = { status: 200, contentType: 'application/json', body: '{}' };

/** Telnyx's webhooks: JSON events, all to one address. A reply only says that an event was taken. */
export class TelnyxIngress extends WebhookIngress {
  readonly routes: readonly IngressRoute[] = [{ purpose: 'events', methods: ['POST'] }];
  override readonly marks = [SIGNATURE_HEADER];
  private readonly key: KeyObject | null;

  constructor(
    publicKey: string,
    private readonly instructions: TelnyxInstructions,
    private readonly now: () => number = Date.now,
  ) {
    super();
    this.key = keyOf(publicKey);
  }

  verify(request: RawRequest): SignatureVerdict {
    return verifySignature(request, this.key, Math.floor(this.now() / 1000));
  }

  override callIdOf({ body }: RawRequest): string | null {
    const told = toldBy(body);
    return 'malformed' in told ? null : told.ids.call;
  }

  read({ body }: RawRequest): Told | Malformed {
    return toldBy(body);
  }

  render(): Reply {
    return HEARD;
  }

  override perform(
    instruction: AnswerInstruction,
    ids: CallIds,
    asked: AnswerRequest | null,
  ): Promise<DoResult> {
    return this.instructions.give(instruction, ids, asked);
  }
}
