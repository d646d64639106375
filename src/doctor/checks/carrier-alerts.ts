import type { AlertMeaning, CarrierAlert } from '../../providers/carrier-diagnostics.js';
import { fixesOf, skipped, up, warn, type Check } from '../check.js';

const HOUR_MS = 3_600_000;
const WINDOW_HOURS = 24;
/** The rest is in the detail. */
const EXPLAINED_MAX = 5;
const UNKNOWN: AlertMeaning = {
  meaning: 'an error that is not about this service, or not known to it.',
  fix: 'Look it up in the carrier’s list of error codes.',
};

/** What does the carrier's own log say about this service? */
export const carrierAlerts: Check = {
  name: 'carrier-alerts',
  title: "The carrier's own log",
  group: 'Status callbacks',
  perAccount: true,
  async look({ provider, clock, origin }) {
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
        const ours = origin.origin === null ? null : new URL(origin.origin).hostname;
        // The account may also be used by other software.
        const about = result.alerts.filter(({ host }) => host === null || host === ours);
        const groups = grouped(about).map((group) => ({
          ...group,
          ...(diagnostics.explain(group.code) ?? UNKNOWN),
        }));
        const complaints = groups.filter((one) => one.level !== 'notice' && !one.harmless);
        const elsewhere = result.alerts.length - about.length;
        const detail = {
          alerts: groups.map(({ harmless: _harmless, ...told }) => told),
          about_other_hosts: elsewhere,
        };
        const others =
          elsewhere === 0
            ? ''
            : ` ${elsewhere} more are about other hosts than that of the public URL.`;
        if (complaints.length === 0) {
          const seen = `The carrier has logged no error in the last ${WINDOW_HOURS} h.${others}`;
          return provider.simulated && result.alerts.length === 0
            ? skipped('The simulated carrier has logged nothing.')
            : up(seen, detail);
        }
        const list = complaints.map(({ count, code }) => `${count} × ${code}`).join(', ');
        const explained = complaints.slice(0, EXPLAINED_MAX);
        return warn(
          `The carrier has logged ${list} in the last ${WINDOW_HOURS} h. ${explained
            .map(({ code, meaning }) => `${code}: ${meaning}`)
            .join(' ')}${others}`,
          fixesOf(explained),
          detail,
        );
      }
      default:
        return result satisfies never;
    }
  },
};

/** The alerts by code, the most frequent first. */
function grouped(alerts: readonly CarrierAlert[]) {
  const groups = new Map<string, { count: number; latest: CarrierAlert }>();
  for (const alert of alerts) {
    const group = groups.get(alert.code);
    // Alerts come newest first, so the first of a code is its latest.
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
