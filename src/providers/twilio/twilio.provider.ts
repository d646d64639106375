import type { IncomingHttpHeaders } from 'node:http';
import {
  TelephonyProvider,
  type AnswerInstruction,
  type AnswerRequest,
  type CallbackReport,
  type ConfigureNumberResult,
  type DialResult,
  type EndCallResult,
  type FormFields,
  type LookUpResult,
  type Malformed,
  type PlaceCall,
  type RenderedAnswer,
  type SearchResult,
  type SignedWebhook,
} from '../telephony-provider.js';
import type { SignatureVerdict } from '../signature-verdict.js';
import { parseAnswer, renderAnswer } from './answer.js';
import { parseCallback } from './callbacks.js';
import { TwilioClient } from './client.js';
import { TwilioDiagnostics } from './diagnostics.js';
import { callIdOf } from './fields.js';
import { SIGNATURE_HEADER, verifyWebhookSignature } from './signature.js';
import { TwilioMedia } from './stream.js';
import type { TwilioAccount } from './twilio.settings.js';

const NOT_CONFIGURED = 'Twilio is not configured';

/** Twilio: Programmable Voice, Media Streams and the Calls API. */
export class TwilioProvider extends TelephonyProvider {
  readonly name = 'twilio';
  readonly media: TwilioMedia;
  readonly configured: boolean;
  readonly accountId: string;
  readonly numbers: readonly string[];
  readonly callsPerSecond: number;
  readonly simulated: boolean;
  override readonly diagnostics: TwilioDiagnostics | null;
  private readonly tokens: readonly string[];
  private readonly client: TwilioClient | null;

  /** @param account null while none is configured: nothing is verified then, and nothing dialled */
  constructor(account: TwilioAccount | null, timeoutMs?: number) {
    super();
    this.configured = account !== null;
    this.accountId = account?.accountSid ?? '';
    this.numbers = account?.fromNumbers ?? [];
    this.callsPerSecond = account?.callsPerSecond ?? 1;
    this.simulated = account?.simulated ?? false;
    this.tokens = account ? [account.authToken, account.authTokenSecondary ?? ''] : [];
    this.media = new TwilioMedia(this.tokens);
    this.client = account ? new TwilioClient(account, timeoutMs) : null;
    this.diagnostics = account ? new TwilioDiagnostics(account) : null;
  }

  recognises(headers: IncomingHttpHeaders): boolean {
    return headers[SIGNATURE_HEADER] !== undefined;
  }

  verifyWebhook(request: SignedWebhook): SignatureVerdict {
    return verifyWebhookSignature(request, this.tokens);
  }

  parseAnswer(fields: FormFields): AnswerRequest | Malformed {
    return parseAnswer(fields);
  }

  renderAnswer(instruction: AnswerInstruction): RenderedAnswer {
    return renderAnswer(instruction);
  }

  callIdOf(fields: FormFields): string | null {
    return callIdOf(fields);
  }

  parseCallback(fields: FormFields): CallbackReport | Malformed {
    return parseCallback(fields);
  }

  async placeCall(call: PlaceCall): Promise<DialResult> {
    if (!this.client) {
      return { kind: 'rejected', code: 'not-configured', message: NOT_CONFIGURED, httpStatus: 0 };
    }
    return this.client.placeCall(call);
  }

  async endCall(callId: string, ringing: boolean): Promise<EndCallResult> {
    if (!this.client) return { kind: 'failed', message: NOT_CONFIGURED, retryable: false };
    return this.client.endCall(callId, ringing);
  }

  async lookUpCall(callId: string): Promise<LookUpResult> {
    return this.client?.lookUpCall(callId) ?? { kind: 'failed', message: NOT_CONFIGURED };
  }

  async configureNumber(
    number: string,
    urls: { answerUrl: string; statusCallbackUrl: string },
  ): Promise<ConfigureNumberResult> {
    return (
      this.client?.configureNumber(number, urls) ?? { kind: 'failed', message: NOT_CONFIGURED }
    );
  }

  async searchCalls(query: { to: string; from: string; since: Date }): Promise<SearchResult> {
    return this.client?.searchCalls(query) ?? { kind: 'failed', message: NOT_CONFIGURED };
  }
}
