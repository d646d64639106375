import type { Member } from '../../cluster/cluster.js';
import { eventsUrl } from '../../urls/call-urls.js';
import { fixesOf, skipped, up, warn, type Check, type Finding } from '../check.js';
import { askEcho } from '../probe/ask.js';

/** With so many at once, a balancer that goes by connections has no choice but to spread them. */
const AT_ONCE = 20;
/** And with so many for each instance, one that spreads them at random has not missed one by chance. */
const FOR_EACH = 8;
const BODY = 'CallStatus=completed';
const HEADERS = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };

/** Does the public URL lead to every instance that is ready? */
export const balancerCheck: Check = {
  name: 'balancer',
  title: 'The way to every instance',
  group: 'Several instances',
  appliesTo: ({ database, cluster }) => !database.exclusive && cluster.members().length > 1,
  async look(examination) {
    const { road, probes, pathKey, cluster, storeIsUp } = examination;
    const blocked = await road.blocked();
    if (blocked !== null) return skipped(blocked);
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const probe = async (): Promise<string | null> => {
      const url = eventsUrl({ origin: road.origin, key: pathKey }, probes.runId());
      const asked = await askEcho(examination, url, { headers: HEADERS, body: BODY });
      return ('arrived' in asked ? asked.arrived?.instance : null) ?? null;
    };
    const reached: Array<string | null> = [];
    const isMissing = ({ id, state }: Member): boolean =>
      state === 'ready' && !reached.includes(id);
    do {
      reached.push(...(await Promise.all(Array.from({ length: AT_ONCE }, probe))));
    } while (
      reached.length < FOR_EACH * cluster.members().length &&
      cluster.members().some(isMissing)
    );
    return judgeReach(cluster.members(), reached);
  },
};

type Reachable = Pick<Member, 'id' | 'name' | 'version' | 'state' | 'streams' | 'keyHash'>;

/** @param reached the instance that each probe arrived at; null: none answered as ours */
export function judgeReach(
  members: readonly Reachable[],
  reached: ReadonlyArray<string | null>,
): Finding {
  const counts = new Map<string, number>();
  for (const id of reached) if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1);
  const lost = reached.filter((id) => id === null).length;
  const detail = {
    probes: reached.length,
    not_answered: lost,
    reached: members.map(({ id, name }) => ({ name, probes: counts.get(id) ?? 0 })),
  };
  if (lost === reached.length) {
    return skipped('Not looked at: `run-id-in-url` is down.', null, detail);
  }
  if (lost > 0 && (differ(members, 'keyHash') || differ(members, 'version'))) {
    return skipped(
      'Not looked at: instances of another release or with another API_KEY do not know these requests (`instances`, `instance-settings`).',
      null,
      detail,
    );
  }
  const passedOver = members.filter(({ id, state }) => state === 'ready' && !counts.has(id));
  // By its connections a balancer may rightly prefer the others.
  const least = Math.min(
    ...members.filter(({ id }) => counts.has(id)).map(({ streams }) => streams),
  );
  const missed = passedOver.filter(({ streams }) => streams < least + AT_ONCE);
  const strangers = [...counts.keys()].filter((id) => !members.some((one) => one.id === id));
  const problems = [
    ...missed.map(({ name }) => ({
      seen: `none arrived at ${name}, which is ready`,
      fix: 'Put every instance behind the balancer, have it ask GET /health/ready of each, and let it keep no caller at one instance (no sticky sessions).',
    })),
    ...(lost > 0
      ? [
          {
            seen: `${lost} were not answered by an instance of this store`,
            fix: 'Take out of the balancer what is not one of these instances or is not ready.',
          },
        ]
      : []),
    ...(strangers.length > 0
      ? [
          {
            seen: 'some arrived at an instance that is not among those of this store',
            fix: 'Give every instance behind the balancer the same DATABASE_URL.',
          },
        ]
      : []),
  ];
  const seen = `Of ${reached.length} requests to the public URL`;
  if (problems.length > 0) {
    return warn(
      `${seen} ${problems.map((one) => one.seen).join('; ')}.`,
      fixesOf(problems),
      detail,
    );
  }
  const busy = passedOver.map(({ name }) => name).join(', ');
  return up(
    busy === ''
      ? `${seen} some arrived at each instance that is ready.`
      : `${seen} none arrived at ${busy}, which has more calls than the others, and some at each of those.`,
    detail,
  );
}

function differ(members: readonly Reachable[], field: 'keyHash' | 'version'): boolean {
  return new Set(members.map((member) => member[field])).size > 1;
}
