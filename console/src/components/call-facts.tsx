import type { ComponentChildren } from 'preact';
import type { Call, Workflow } from '../api/types.js';
import { Link } from '../router.js';
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
    ['Direction', call.direction],
    ['From', partyWords(call, 'from')],
    ['To', partyWords(call, 'to')],
    [
      'Workflow',
      workflow ? (
        <Link to={`workflows/${workflow.workflow_id}`}>{workflow.name}</Link>
      ) : (
        call.workflow_id
      ),
    ],
    [
      'Version',
      call.workflow_version === null ? null : (
        <Link to={`workflows/${call.workflow_id}/versions`}>{call.workflow_version}</Link>
      ),
    ],
    ['Created', time(call.created_at)],
    ['Answered', time(call.answered_at)],
    ['Answered by', call.answered_by?.replaceAll('_', ' ')],
    ['Ended', time(call.ended_at)],
    ['Duration', <Duration call={call} />],
    ['Carrier', call.simulated ? `${call.provider}, simulated` : call.provider],
    ['Instance', call.instance],
    ['Carrier’s id', call.provider_call_id ? <code>{call.provider_call_id}</code> : null],
  ];
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">Facts</h2>
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
      <JsonFacts title="Context, given when it was placed" value={call.context} />
      <JsonFacts title="What the agent found out" value={call.facts} open />
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
