import type { SentRequest } from '../gateway-place.js';
import type { CloudonixCall } from './cloudonix-call.js';
import type { CloudonixOptions, Doubts } from './cloudonix-options.js';

/** What a voice application asks. */
export function questionOf(
  call: CloudonixCall,
  { domain, webhookKey }: CloudonixOptions,
  url: string,
  doubts: Doubts,
): SentRequest {
  const written = (number: string): string => (doubts.plus ? number : number.replace(/^\+/, ''));
  const fields: Record<string, string> = {
    CallSid: doubts.namesSession ? call.callSid : call.token,
    From: written(call.from),
    To: written(call.to),
    CallerName: '',
    Direction: call.direction,
    CallStatus: call.direction === 'inbound' ? 'ringing' : 'in-progress',
    Domain: domain,
    ...(doubts.namesSession ? { Session: call.token } : {}),
  };
  const headers = {
    'X-CX-APIKey': webhookKey,
    'X-CX-Domain': domain,
    'X-CX-Session': call.token,
    'X-CX-Source': 'cloudonix',
  };
  const form = new URLSearchParams(fields).toString();
  if (doubts.asksBy === 'GET') {
    const asked = `${url}${url.includes('?') ? '&' : '?'}${form}`;
    return { method: 'GET', url: asked, headers, body: '' };
  }
  const isForm = doubts.asksIn === 'form';
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  const body = isForm ? form : JSON.stringify({ ...fields, SessionData: { token: call.token } });
  return { method: 'POST', url, headers: { ...headers, 'Content-Type': type }, body };
}

/** What a session is told by. */
export function updateOf(
  call: CloudonixCall,
  { domain }: CloudonixOptions,
  url: string,
  { toldIn }: Doubts,
): SentRequest {
  const session = call.shown(domain);
  return json(url, toldIn === 'list' ? [session] : session);
}

/** The record of a call that is over; its session may be null. */
export function recordOf(
  call: CloudonixCall,
  { domain }: CloudonixOptions,
  url: string,
  disposition: string,
  hasSession = true,
): SentRequest {
  return json(url, {
    domain,
    from: call.from,
    to: call.to,
    disposition,
    duration: call.seconds,
    billsec: call.seconds,
    session: hasSession ? { token: call.token } : null,
  });
}

function json(url: string, body: object): SentRequest {
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}
