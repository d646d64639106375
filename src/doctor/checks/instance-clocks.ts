import { SKEW_DOWN_MS, SKEW_WARN_MS } from '../../cluster/clock-skew.js';
import type { Member } from '../../cluster/cluster.js';
import { down, skipped, up, warn, type Check, type Finding } from '../check.js';

const FIX =
  'Let the machines of these instances keep their clocks by NTP (timedatectl set-ntp true), and the store’s too: times of events are wrong by as much, and an instance that is off by more than 2 s takes no calls while another is right.';

/** Do the clocks of the instances agree with the store's? */
export const instanceClocks: Check = {
  name: 'instance-clocks',
  title: 'The clocks of the instances',
  group: 'Several instances',
  appliesTo: ({ database }) => !database.exclusive,
  async look({ cluster, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    return judgeClocks(cluster.members());
  },
};

export function judgeClocks(
  members: ReadonlyArray<Pick<Member, 'name' | 'clockOffsetMs'>>,
): Finding {
  const off = members.filter(({ clockOffsetMs }) => Math.abs(clockOffsetMs) > SKEW_WARN_MS);
  const most = Math.max(0, ...members.map(({ clockOffsetMs }) => Math.abs(clockOffsetMs)));
  const detail = {
    ahead_ms: Object.fromEntries(members.map(({ name, clockOffsetMs }) => [name, clockOffsetMs])),
  };
  if (off.length === 0) {
    return up(`No clock of an instance is more than ${most} ms from the store's.`, detail);
  }
  const seen = off
    .map(
      ({ name, clockOffsetMs }) =>
        `${name} is ${Math.abs(clockOffsetMs) / 1000} s ${clockOffsetMs > 0 ? 'ahead' : 'behind'}`,
    )
    .join(', ');
  return (most > SKEW_DOWN_MS ? down : warn)(`By the store's clock ${seen}.`, FIX, detail);
}
