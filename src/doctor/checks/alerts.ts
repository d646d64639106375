import type { Delivery } from '../alerts/alert-book.js';
import { skipped, up, warn, type Check } from '../check.js';

/** Do messages about what is down reach people? */
export const alertsCheck: Check = {
  name: 'alerts',
  title: 'Messages to people',
  group: 'Agents and events',
  appliesTo: ({ alertChannels }) => alertChannels.list.length > 0,
  async look({ alertChannels, alertBooks, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const { messages } = await alertBooks.read();
    const latest = alertChannels.list.map(({ name }) => {
      const tried = messages.flatMap(({ deliveries }) =>
        deliveries.filter(({ channel, attempts }) => channel === name && attempts > 0),
      );
      return { name, last: tried.at(-1) ?? null };
    });
    const detail = {
      channels: latest.map(({ name, last }) => ({ channel: name, last: last && toldOf(last) })),
    };
    const failing = latest.flatMap(({ name, last }) =>
      last && last.error !== null ? [`${name}: ${last.error}`] : [],
    );
    const names = alertChannels.list.map(({ name }) => name).join(' and ');
    if (failing.length === 0) {
      return latest.some(({ last }) => last !== null)
        ? up(`The last message arrived by ${names}.`, detail)
        : up(
            `Nothing had to be told by ${names} yet, so it is not known whether that works.`,
            detail,
          );
    }
    return warn(
      `The last message did not arrive, or not everywhere: ${failing.join('; ')}.`,
      'Correct ALERTS_WEBHOOK_URL, ALERTS_EMAIL_TO or SMTP_URL, or what they lead to, and try it: npm run doctor -- --alert-test.',
      detail,
    );
  },
};

function toldOf({ attempts, deliveredAt, nextAt, error }: Delivery) {
  return {
    attempts,
    delivered_at: deliveredAt === null ? null : new Date(deliveredAt).toISOString(),
    next_attempt_at: nextAt === null ? null : new Date(nextAt).toISOString(),
    error,
  };
}
