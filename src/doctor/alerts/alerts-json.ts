import type { AlertBook, AlertMessage, Delivery } from './alert-book.js';
import type { AlertChannel } from './alert-channel.js';
import type { AlertSettings } from './alerts.variables.js';

export type DeliveryState = 'pending' | 'delivered' | 'given_up';

/** What is set, what was told to be down, and the latest messages, newest first. */
export function alertsJson(
  { everySeconds, quietSeconds }: AlertSettings,
  channels: readonly AlertChannel[],
  { standings, messages }: AlertBook,
) {
  const down = Object.entries(standings).filter(([, { told }]) => told);
  return {
    enabled: channels.length > 0,
    every_seconds: everySeconds,
    quiet_seconds: quietSeconds,
    channels: channels.map(({ name, to }) => ({ channel: name, to })),
    down: down.map(([check, { since }]) => ({ check, since: timeOf(since) })),
    standings: Object.entries(standings).map(([check, { told, since, quietUntil }]) => {
      const quiet = quietUntil === 0 ? null : timeOf(quietUntil);
      return { check, told, since: timeOf(since), quiet_until: quiet };
    }),
    messages: messages.toReversed().map(messageJson),
  };
}

export function messageJson({ id, at, kind, news, simulated, instance, deliveries }: AlertMessage) {
  return {
    alert_id: id,
    kind,
    created_at: timeOf(at),
    instance,
    simulated,
    checks: news.map(({ change, check, title, seen, fix, since }) => {
      return { change, check, title, seen, fix, since: timeOf(since) };
    }),
    deliveries: deliveries.map((delivery) => ({
      channel: delivery.channel,
      state: stateOf(delivery),
      attempts: delivery.attempts,
      delivered_at: delivery.deliveredAt === null ? null : timeOf(delivery.deliveredAt),
      next_attempt_at: delivery.nextAt === null ? null : timeOf(delivery.nextAt),
      error: delivery.error,
    })),
  };
}

export function stateOf({ deliveredAt, nextAt }: Delivery): DeliveryState {
  if (deliveredAt !== null) return 'delivered';
  return nextAt === null ? 'given_up' : 'pending';
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
