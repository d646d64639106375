import { restStatus } from '../calls/call-status.js';
import type { SimulatedCall } from '../calls/simulated-call.js';
import { rfc2822 } from '../dates.js';

function formatted(address: string): string {
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(address) ?? [];
  return area ? `(${area}) ${exchange}-${line}` : address;
}

/**
 * The Call resource as it was at `asOf` (Twilio's OpenAPI description,
 * api.v2010.account.call). Every value but `subresource_uris` is a string or null.
 */
export function callJson(
  call: SimulatedCall,
  accountSid: string,
  asOf: Date = new Date(),
): Record<string, unknown> {
  const known = call.timeline.filter(({ at }) => at <= asOf);
  const latest = known.at(-1) ?? call.timeline[0];
  const date = (at: Date | null) => (at !== null && at <= asOf ? rfc2822(at) : null);
  const ended = call.endedAt !== null && call.endedAt <= asOf;
  const queueMs = (call.startedAt ?? asOf).getTime() - call.createdAt.getTime();
  const path = `/2010-04-01/Accounts/${accountSid}/Calls/${call.sid}`;
  return {
    sid: call.sid,
    date_created: rfc2822(call.createdAt),
    date_updated: rfc2822(latest?.at ?? call.createdAt),
    parent_call_sid: call.plan.parentSid,
    account_sid: accountSid,
    to: call.to,
    to_formatted: formatted(call.to),
    from: call.from,
    from_formatted: formatted(call.from),
    phone_number_sid: call.plan.phoneNumberSid,
    status: restStatus(latest?.status ?? 'queued'),
    start_time: date(call.startedAt),
    end_time: date(call.endedAt),
    duration: ended ? String(call.durationSeconds) : null,
    price: null,
    price_unit: 'USD',
    direction: call.direction,
    answered_by: call.answeredBy,
    api_version: '2010-04-01',
    forwarded_from: null,
    group_sid: null,
    caller_name: null,
    queue_time: String(Math.max(0, queueMs)),
    trunk_sid: null,
    uri: `${path}.json`,
    subresource_uris: {
      notifications: `${path}/Notifications.json`,
      recordings: `${path}/Recordings.json`,
      streams: `${path}/Streams.json`,
      events: `${path}/Events.json`,
    },
  };
}
