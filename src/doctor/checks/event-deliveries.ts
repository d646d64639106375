import { skipped, up, warn, type Check } from '../check.js';

const MINUTE_MS = 60_000;
/** A receiver may be away this long, for a restart. */
const LATE_MINUTES = 5;
/** The rest is in the detail. */
const NAMED_MAX = 3;

/** Do events reach their webhook endpoints? */
export const eventDeliveries: Check = {
  name: 'event-deliveries',
  title: 'Events to your own services',
  group: 'Agents and events',
  async look({ deliveries, clock, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const { endpoints, oldestPending } = await deliveries.standing();
    if (endpoints.length === 0) return skipped('No webhook endpoint is set up.');
    const disabled = endpoints.filter(({ enabled }) => !enabled);
    const failing = endpoints.filter(({ failing: tried, dead }) => tried > 0 || dead > 0);
    const stuck = disabled.filter(({ pending }) => pending > 0);
    const waitMinutes =
      oldestPending === null
        ? 0
        : Math.floor((clock.now().getTime() - oldestPending.getTime()) / MINUTE_MS);
    const detail = {
      endpoints: endpoints.length,
      disabled: disabled.map(({ endpointId }) => endpointId),
      oldest_pending_at: oldestPending?.toISOString() ?? null,
      failing: failing.map((one) => ({
        endpoint_id: one.endpointId,
        user_id: one.userId,
        pending: one.pending,
        given_up: one.dead,
        last_status: one.lastStatus,
        last_error: one.lastError,
      })),
    };
    const seen: string[] = [];
    if (failing.length > 0) {
      const named = failing
        .slice(0, NAMED_MAX)
        .map(
          ({ endpointId, userId, pending, dead, lastStatus, lastError }) =>
            `endpoint ${endpointId} of user ${userId} (${pending} waiting, ${dead} given up; last: ${lastStatus === null ? (lastError ?? 'no answer') : `HTTP ${lastStatus}`})`,
        );
      const more = failing.length > NAMED_MAX ? ` and ${failing.length - NAMED_MAX} more` : '';
      seen.push(`Events fail at ${named.join(', ')}${more}.`);
    }
    if (waitMinutes >= LATE_MINUTES) {
      seen.push(`The oldest event has been waiting for ${waitMinutes} min.`);
    }
    if (stuck.length > 0) {
      const ids = stuck.slice(0, NAMED_MAX).map(({ endpointId }) => endpointId);
      seen.push(`Events wait at disabled endpoints (${ids.join(', ')}).`);
    }
    if (seen.length === 0) {
      const off = disabled.length === 0 ? '' : `, ${disabled.length} of them disabled`;
      return up(`No event fails or is late; endpoints: ${endpoints.length}${off}.`, detail);
    }
    return warn(
      seen.join(' '),
      'See what the receiver answers: GET /api/v1/webhook-endpoints/{id}/deliveries, POST …/test. Correct its URL, or enable it again, and replay what was given up.',
      detail,
    );
  },
};
