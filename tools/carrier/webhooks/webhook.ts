import type { FormFields } from '../form-fields.js';
import type { HttpReply } from './attempt.js';

/**
 * - `voice`: asks for instructions when a call arrives or is answered
 * - `fallback`: the same at the fallback URL
 * - `redirect`: `<Redirect>`, or a live call redirected by REST
 * - `action`: what follows a `<Connect>` or a `<Dial>`
 * - `whisper`: what the called side of a `<Dial>` hears before the two are connected
 * - `status`: a call event; `number-status`: the same for an inbound call's number
 * - `stream-status`: `statusCallback` of a `<Stream>`
 * - `amd`: result of asynchronous machine detection
 */
export type WebhookKind =
  | 'voice'
  | 'fallback'
  | 'redirect'
  | 'action'
  | 'whisper'
  | 'status'
  | 'number-status'
  | 'stream-status'
  | 'amd';

export interface Webhook {
  kind: WebhookKind;
  callSid: string;
  method: 'GET' | 'POST';
  /** The URL as configured, with fragment and credentials. */
  url: string;
  fields: FormFields;
}

/** One HTTP request of a webhook, for tests and tools to look at. */
export interface WebhookAttempt {
  at: Date;
  /** The URL of this request; differs from the webhook's after a redirect. */
  url: string;
  /** The HTTP status; null if no reply came. */
  status: number | null;
  /** Twilio's error code, if no reply came. */
  errorCode: number | null;
  message: string | null;
  latencyMs: number;
}

/** A webhook that was sent, and its result. */
export interface WebhookRecord extends Webhook {
  at: Date;
  attempts: WebhookAttempt[];
  /** The final HTTP status; null if there was none. */
  status: number | null;
  /** From the first attempt to the end of the last, in milliseconds. */
  latencyMs: number;
  /** The body of the final reply, as text. */
  body: string;
  /** True for a webhook that the behaviour `dropped` kept from being sent. */
  dropped: boolean;
}

export type Delivery =
  | { kind: 'reply'; record: WebhookRecord; reply: HttpReply; url: string }
  | { kind: 'failed'; record: WebhookRecord; code: number; message: string };
