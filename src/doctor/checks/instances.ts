import type { LapsedInstance } from '../../cluster/lapsed-instances.js';
import { FENCE_MS } from '../../cluster/leases.js';
import type { Member } from '../../cluster/cluster.js';
import { fixesOf, skipped, up, warn, type Check, type Finding } from '../check.js';

/** The rest is in the detail. */
const NAMED_MAX = 8;

/** Which instances share the store, and is each as it should be? */
export const instancesCheck: Check = {
  name: 'instances',
  title: 'Instances on this store',
  group: 'Several instances',
  appliesTo: ({ database }) => !database.exclusive,
  async look({ cluster, lapsed, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    return judgeInstances(cluster.members(), await lapsed.find());
  },
};

export function judgeInstances(
  members: readonly Member[],
  lapsed: readonly LapsedInstance[],
): Finding {
  const problems = [
    ...lapsed.map(({ name, silentMs }) => ({
      seen: `${name} has been silent for ${seconds(silentMs)} and has not left`,
      fix: 'Look at the log of the silent instance, and at its machine and its way to the store: it was killed, froze or was cut off. The others take its calls over.',
    })),
    ...members
      .filter(({ leaseAgeMs }) => leaseAgeMs >= FENCE_MS)
      .map(({ name, leaseAgeMs }) => ({
        seen: `${name} has not renewed its lease for ${seconds(leaseAgeMs)}`,
        fix: 'Look at how busy the machine of that instance is, and at its way to the store.',
      })),
    ...severalReleases(members),
    ...sameName(members),
  ];
  const detail = {
    instances: members.map((one) => ({
      name: one.name,
      version: one.version,
      state: one.state,
      live_calls: one.streams,
      capacity: one.capacity,
      lease_age_ms: Math.round(one.leaseAgeMs),
    })),
    silent: lapsed.map(({ name, silentMs }) => ({ name, silent_ms: Math.round(silentMs) })),
  };
  const seen = `${members.length === 1 ? 'One instance' : `${members.length} instances`}: ${listed(members)}.`;
  if (problems.length === 0) return up(seen, detail);
  return warn(
    `${seen} But ${problems.map((one) => one.seen).join('; ')}.`,
    fixesOf(problems),
    detail,
  );
}

function listed(members: readonly Member[]): string {
  const shown = members
    .slice(0, NAMED_MAX)
    .map(
      ({ name, version, state, streams, capacity }) =>
        `${name} (${version}, ${state}, ${capacity === 0 ? 'calls not told' : `${streams} of ${capacity} calls`})`,
    );
  const more = members.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function sameName(members: readonly Member[]): Array<{ seen: string; fix: string }> {
  const names = members.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return twice.map((name) => ({
    seen: `several are called ${name}`,
    fix: 'Give each instance an INSTANCE_NAME of its own, so that logs and calls say which it is.',
  }));
}

function severalReleases(members: readonly Member[]): Array<{ seen: string; fix: string }> {
  const versions = [...new Set(members.map(({ version }) => version))];
  if (versions.length < 2) return [];
  return [
    {
      seen: `their releases differ (${versions.join(', ')})`,
      fix: 'Finish the update: two releases may run beside each other, but not for long.',
    },
  ];
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
