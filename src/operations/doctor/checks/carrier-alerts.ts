import type { AlertMeaning, CarrierAlert } from '../../../providers/carrier-diagnostics.js';
import { skipped, up, warn, type Check } from '../check.js';

const HOUR_MS = 3_600_000;
const WINDOW_HOURS = 24;
const UNKNOWN: AlertMeaning = {
  meaning: 'an error code that is not about this service, or not known to it',
  fix: 'Look it up in the carrier’s list of error codes.',
};

/** What does the carrier's own log say about us? */
export const carrierAlerts: Check = {
  name: 'carrier-alerts',
  title: 'The carrier has no complaints',
  group: 'Status callbacks not received',
  async look({ provider, clock, simulated }) {
    const diagnostics = provider?.diagnostics;
    if (!diagnostics) return skipped('No carrier is configured that keeps a log of its own.');
    const since = new Date(clock.now().getTime() - WINDOW_HOURS * HOUR_MS);
    const result = await diagnostics.alerts(since);
    switch (result.kind) {
      case 'not-allowed':
        return skipped(`The account may not read the carrier's log (${result.message}).`);
      case 'failed':
        return skipped(`The carrier's log cannot be read now (${result.message}).`);
      case 'found': {
        const groups = grouped(result.alerts).map((group) => ({
          ...group,
          ...(diagnostics.explain(group.code) ?? UNKNOWN),
        }));
        const complaints = groups.filter((one) => one.level !== 'notice' && !one.harmless);
        const detail = { alerts: groups.map(({ harmless: _harmless, ...told }) => told) };
        const [first] = complaints;
        if (!first) {
          const seen = `The carrier has logged no error in the last ${WINDOW_HOURS} h.`;
          return simulated.enabled && groups.length === 0
            ? skipped('The simulated carrier has logged nothing.')
            : up(seen, detail);
        }
        const list = complaints.map(({ count, code }) => `${count} × ${code}`).join(', ');
        return warn(
          `The carrier has logged ${list} in the last ${WINDOW_HOURS} h. ${first.code}: ${first.meaning}`,
          first.fix,
          detail,
        );
      }
      default:
        return result satisfies never;
    }
  },
};

/** By code, the most frequent first. */
function grouped(alerts: readonly CarrierAlert[]) {
  const groups = new Map<string, { count: number; latest: CarrierAlert }>();
  for (const alert of alerts) {
    const group = groups.get(alert.code);
    // Newest first, so the first of a code is its latest.
    if (group) group.count += 1;
    else groups.set(alert.code, { count: 1, latest: alert });
  }
  return [...groups.entries()]
    .map(([code, { count, latest }]) => ({
      code,
      level: latest.level,
      count,
      last_at: latest.at?.toISOString() ?? null,
    }))
    .sort((a, b) => b.count - a.count);
}
