import { randomBytes } from 'node:crypto';
import type { TelnyxSocket } from './media-socket.js';

/** What the phone at the other end does; `silent`: it rings until somebody gives up. */
export type TexmlPhone = 'answers' | 'silent' | 'busy' | 'no-answer' | 'failed';

export interface TexmlOptions {
  apiKey: string;
  accountSid: string;
  applicationSid: string;
  numbers: readonly string[];
  gateway: { origin: string; url: string } | null;
}

/** A call at the simulated TeXML. */
export interface TexmlCall {
  sid: string;
  direction: 'inbound' | 'outbound';
  from: string;
  to: string;
  url: string;
  events: string | null;
  /** Telnyx's words. */
  status: string;
  streams: TelnyxSocket[];
  said: string[];
  /** How often it was asked what to do. */
  asked: number;
  sequence: number;
}

/** Status and body of a reply. */
export type Answer = [status: number, body: object];

export function texmlCall(
  parties: Pick<TexmlCall, 'direction' | 'from' | 'to' | 'url' | 'events'>,
): TexmlCall {
  const sid = `v3:${randomBytes(18).toString('base64url')}`;
  return { ...parties, sid, status: 'queued', streams: [], said: [], asked: 0, sequence: 0 };
}

export function refusal(status: number, code: string, title: string): Answer {
  return [status, { errors: [{ code, title, detail: title }] }];
}
