import type { Instance, List } from '../api/types.js';
import { Badge } from '../components/badge.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { Polite } from '../components/polite.js';
import { SystemPage } from '../components/system-nav.js';
import { useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { clockText, instancesText, loadText, stateWords } from '../words/instances.js';
import { dayTime, millisText } from '../words/time.js';

/** How often they are asked for. Each tells the others of itself every two seconds. */
const ASK_EVERY_MS = 2_000;

/** The processes that share the store: which calls they have, and whether all is well with them. */
export function InstancesPage() {
  return (
    <SystemPage heading={m.system.instances} refusal={m.system.onlyUser1MaySee}>
      <Instances />
    </SystemPage>
  );
}

function Instances() {
  const { data, error } = useLoad<List<Instance>>('api/v1/instances', {
    refetchInterval: ASK_EVERY_MS,
  });
  const instances = data?.data ?? [];
  return (
    <>
      <p class="intro">{m.system.theProcessesThatShareThe}</p>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      {data ? <Polite>{instancesText(instances)}</Polite> : null}
      <ul class="cards" aria-label={m.system.instances} hidden={instances.length === 0}>
        {instances.map((instance) => (
          <InstanceCard key={instance.instance_id} instance={instance} />
        ))}
      </ul>
    </>
  );
}

function InstanceCard({ instance }: { instance: Instance }) {
  const facts: ReadonlyArray<[string, string]> = [
    [m.system.liveCalls, loadText(instance)],
    [m.system.release, instance.version],
    [m.system.clock, clockText(instance.clock_offset_ms)],
    [m.system.lease, fill(m.system.renewedAgo, { time: millisText(instance.lease_age_ms) })],
  ];
  return (
    <li class="instance">
      <h2>
        {instance.name} <Badge words={stateWords(instance.state)} data-state={instance.state} />
      </h2>
      {instance.this_one ? <p>{m.system.thisPageComesFromIt}</p> : null}
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>{m.system.since}</dt>
          <dd>
            <time dateTime={instance.started_at}>{dayTime(instance.started_at)}</time>
          </dd>
        </div>
      </dl>
    </li>
  );
}
