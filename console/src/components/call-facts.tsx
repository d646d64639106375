import type { ComponentChildren } from 'preact';
import type { Call, Workflow } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { Link } from '../router.js';
import { answeredByText } from '../words/answered-by.js';
import { partyWords } from '../words/parties.js';
import { dayTime } from '../words/time.js';
import { Duration } from './duration.js';

interface CallFactsProps {
  call: Call;
  workflow: Workflow | null;
}

export function CallFacts({ call, workflow }: CallFactsProps) {
  const time = (iso: string | null): ComponentChildren =>
    iso === null ? null : <time dateTime={iso}>{dayTime(iso)}</time>;
  const facts: ReadonlyArray<[string, ComponentChildren]> = [
    [m.call.direction, m.calls[call.direction]],
    [m.call.from, partyWords(call, 'from')],
    [m.call.to, partyWords(call, 'to')],
    [
      m.common.workflow,
      workflow ? (
        <Link to={`workflows/${workflow.workflow_id}`}>{workflow.name}</Link>
      ) : (
        call.workflow_id
      ),
    ],
    [
      m.call.version,
      call.workflow_version === null ? null : (
        <Link to={`workflows/${call.workflow_id}/versions`}>{call.workflow_version}</Link>
      ),
    ],
    [m.call.created, time(call.created_at)],
    [m.call.answered, time(call.answered_at)],
    [m.call.answeredBy, call.answered_by === null ? null : answeredByText(call.answered_by)],
    [m.call.ended, time(call.ended_at)],
    [m.call.duration, <Duration call={call} />],
    [
      m.call.carrier,
      call.simulated ? fill(m.call.simulated, { provider: call.provider }) : call.provider,
    ],
    [m.call.instance, call.instance],
    [m.call.carriersId, call.provider_call_id ? <code>{call.provider_call_id}</code> : null],
  ];
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">{m.call.facts}</h2>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== null && value !== undefined)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <JsonFacts title={m.call.contextGivenWhenItWas} value={call.context} />
      <JsonFacts title={m.call.whatTheAgentFoundOut} value={call.facts} open />
    </section>
  );
}

interface JsonFactsProps {
  title: string;
  value: Record<string, unknown>;
  open?: boolean;
}

function JsonFacts({ title, value, open = false }: JsonFactsProps) {
  if (Object.keys(value).length === 0) return null;
  return (
    <details open={open}>
      <summary>{title}</summary>
      <pre>{JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}
