import { createHmac } from 'node:crypto';

/**
 * A made-up carrier that differs from Twilio in every respect: it sends JSON events, signed with
 * the time; it is instructed by its API; a dial has a request's id before the call has one; its
 * sockets are binary and prove nothing.
 */

/**
 * The types of its events. `incoming`, and `answered` of an outbound call, ask for
 * instructions.
 */
export const EVENT_TYPES = [
  'call.incoming',
  'call.initiated',
  'call.ringing',
  'call.answered',
  'call.ended',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export type EndedBecause = 'hangup' | 'busy' | 'no_answer' | 'failed';

export interface MadeUpEvent {
  event_id: string;
  type: EventType;
  call_id: string;
  request_id?: string;
  direction: 'in' | 'out';
  from: string;
  to: string;
  /** ISO 8601. */
  at: string;
  because?: EndedBecause;
  seconds?: number;
}

export const SIGNATURE_HEADER = 'x-made-up-signature';
/** How old a signature may be. */
export const TOLERANCE_SECONDS = 300;

/** `t=seconds,v=hex`, over `seconds.body`. */
export function signatureOf(secret: string, body: string | Buffer, seconds: number): string {
  return `t=${seconds},v=${hmacOf(secret, body, seconds).toString('hex')}`;
}

export function hmacOf(secret: string, body: string | Buffer, seconds: number): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();
}
