import { instant, list, nullable, object, ref, type Json } from './describe.js';

const text = (description: string): Json => ({ type: 'string', description });
const whole = (description: string): Json => ({ type: 'integer', description });
const flag = (description: string): Json => ({ type: 'boolean', description });

const CHANNEL = { enum: ['webhook', 'email'] };

/** The shapes of messages to people. */
export const ALERT_SCHEMAS: Record<string, Json> = {
  AlertChannel: object({
    channel: CHANNEL,
    to: text('The host of the webhook, or the addresses.'),
  }),
  AlertCheck: object({
    change: { enum: ['down', 'back'] },
    check: text("The check's name."),
    title: text('What it looks at.'),
    seen: text('What was seen.'),
    fix: nullable(text('What to do.')),
    since: instant('When it was first seen down.'),
  }),
  AlertDelivery: object({
    channel: CHANNEL,
    state: { enum: ['pending', 'delivered', 'given_up'] },
    attempts: whole('How often it was tried.'),
    delivered_at: nullable(instant('When it was taken.')),
    next_attempt_at: nullable(instant('When it is tried again.')),
    error: nullable(text('What went wrong at the last try, or with some of the receivers.')),
  }),
  Alert: object({
    alert_id: text('Its id, also in the message.'),
    kind: { enum: ['news', 'test'] },
    created_at: instant('When it was made.'),
    instance: text('The instance that saw it.'),
    simulated: flag('Whether all carriers were simulated.'),
    checks: list(ref('AlertCheck')),
    deliveries: list(ref('AlertDelivery')),
  }),
  Alerts: object({
    enabled: flag('Whether anybody is told.'),
    every_seconds: whole('How often the quick checks run for it.'),
    quiet_seconds: whole('How long a check that is back is not told down again.'),
    channels: list(ref('AlertChannel')),
    down: list(
      object({
        check: text("The check's name."),
        since: instant('When it was first seen down.'),
      }),
    ),
    standings: list(
      object({
        check: text("The check's name."),
        told: flag('Whether people were told that it is down, and not yet that it is back.'),
        since: instant('When it was first seen down.'),
        quiet_until: nullable(
          instant('It is not told to be down again before; null: it was not told lately.'),
        ),
      }),
    ),
    messages: list(ref('Alert')),
  }),
};
