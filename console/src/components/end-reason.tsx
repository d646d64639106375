import type { Agent, CallDetail, Workflow } from '../api/types.js';
import { useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { Link } from '../router.js';
import { useSession } from '../session.js';
import { causeOf } from '../words/causes.js';
import { endWords, outcomeWords, sipText } from '../words/end-reasons.js';
import { remediesOf } from '../words/remedies.js';
import { WorkflowTrouble } from './workflow-trouble.js';

/** SIP codes below this one say that all went well. */
const SIP_FAILED = 300;

interface EndReasonProps {
  call: CallDetail;
  /** Null: it was deleted, or is not known yet. */
  workflow: Workflow | null;
}

/** Why the call ended and, if it went wrong, where to put it right. Shows nothing while the call is in progress. */
export function EndReason({ call, workflow }: EndReasonProps) {
  const { session } = useSession();
  if (call.end_reason === null) return null;
  const { sentence } = endWords(call.end_reason);
  const cause = causeOf(call.end_reason, call.events);
  const administrator = session?.administrator ?? false;
  const remedies = remediesOf(call, { workflowName: workflow?.name ?? null, administrator });
  return (
    <section class={`why ${outcomeWords(call).tone}`} aria-labelledby="why">
      <h2 id="why">{m.call.whyItEnded}</h2>
      <p>
        {sentence}
        {call.sip_code === null || call.sip_code < SIP_FAILED
          ? null
          : ` ${fill(m.call.theCarriersCode, { code: sipText(call.sip_code) })}`}
      </p>
      {cause ? <p class="cause">{cause}</p> : null}
      {call.end_reason === 'agent_failed' && workflow ? <Trouble workflow={workflow} /> : null}
      {remedies.length > 0 ? (
        <ul class="remedies" aria-label={m.call.whereToPutItRight}>
          {remedies.map(({ to, text }) => (
            <li key={to}>
              <Link to={to}>{text}</Link>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

/** What the workflow's agent lacks now. */
function Trouble({ workflow }: { workflow: Workflow }) {
  const { data } = useList<Agent>('api/v1/agents');
  return data ? <WorkflowTrouble workflow={workflow} agents={data.data} /> : null;
}
