import type { FormFields } from '../form-fields.js';
import type { HttpReply } from './attempt.js';

/**
 * - `voice`: asks for instructions when a call is answered or arrives
 * - `fallback`: the same at the fallback URL
 * - `redirect`: `<Redirect>`, or a live call redirected by REST
 * - `action`: what follows a `<Connect>`
 * - `status`: a call event; `number-status`: the same for an inbound call's number
 * - `stream-status`: `statusCallback` of a `<Stream>`
 * - `amd`: result of asynchronous machine detection
 */
export type WebhookKind =
  | 'voice'
  | 'fallback'
  | 'redirect'
  | 'action'
  | 'status'
  | 'number-status'
  | 'stream-status'
  | 'amd';

export interface Webhook {
  kind: WebhookKind;
  callSid: string;
  method: 'GET' | 'POST';
  /** As configured, with fragment and credentials. */
  url: string;
  fields: FormFields;
}

/** One HTTP request of a webhook, for tests and tools to look at. */
export interface WebhookAttempt {
  at: Date;
  /** The URL of this request; differs from the webhook's after a redirect. */
  url: string;
  /** HTTP status, null when no reply came. */
  status: number | null;
  /** Twilio's error code when no reply came. */
  errorCode: number | null;
  message: string | null;
  latencyMs: number;
}

/** A webhook that was sent, and what came of it. */
export interface WebhookRecord extends Webhook {
  at: Date;
  attempts: WebhookAttempt[];
  /** The final HTTP status, null when there was none. */
  status: number | null;
  /** From the first attempt to the end of the last, milliseconds. */
  latencyMs: number;
  /** The body of the final reply, as text. */
  body: string;
  /** Never sent, by the behaviour `dropped`. */
  dropped: boolean;
}

export type Delivery =
  | { kind: 'reply'; record: WebhookRecord; reply: HttpReply; url: string }
  | { kind: 'failed'; record: WebhookRecord; code: number; message: string };
