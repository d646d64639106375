import type { Agent, Workflow } from '../api/types.js';
import { AgentNeeds } from '../components/agent-needs.js';
import { Badge } from '../components/badge.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { TalkToIt, useHasPhone } from '../components/talk-to-it.js';
import { useList } from '../hooks.js';
import { Link } from '../router.js';
import { agentWords, requiredOptions } from '../words/agents.js';

/** Every agent that is plugged in, what it needs before it can answer, and how to talk to it. */
export function AgentsPage() {
  const agents = useList<Agent>('api/v1/agents');
  const workflows = useList<Workflow>('api/v1/workflows');
  const known = workflows.data?.data ?? [];
  const error = agents.error ?? workflows.error;
  return (
    <>
      <PageHeading
        actions={
          <Link to="workflows/new" class="button">
            New workflow
          </Link>
        }
      >
        Agents
      </PageHeading>
      <p class="intro">
        An agent is what listens and speaks on a call. A workflow says which one answers. Agents of
        your own come from <code>AGENTS_DIR</code>.
      </p>
      <ErrorNotice error={error} />
      {agents.data || error ? null : <Looking />}
      <ul class="cards agents" aria-label="Agents" hidden={!agents.data?.data.length}>
        {agents.data?.data.map((agent) => (
          <AgentCard
            key={agent.name}
            agent={agent}
            workflows={known.filter((workflow) => workflow.agent === agent.name)}
          />
        ))}
      </ul>
    </>
  );
}

function AgentCard({ agent, workflows }: { agent: Agent; workflows: readonly Workflow[] }) {
  const hasPhone = useHasPhone();
  const must = requiredOptions(agent);
  const make = `workflows/new?agent=${encodeURIComponent(agent.name)}`;
  return (
    <li data-ready={agent.ready}>
      <div class="section-heading">
        <h2>
          {agent.name} <Badge words={agentWords(agent)} />
        </h2>
        <Link to={make} class="button plain" label={`New workflow with ${agent.name}`}>
          New workflow with it
        </Link>
      </div>
      <p>{agent.description}</p>
      {must.length > 0 ? <p class="hint">A workflow of it must say: {must.join(', ')}.</p> : null}
      <AgentNeeds agent={agent}>
        <li>
          <Link to={make}>Make a workflow with it</Link>, and save it.
        </li>
        <li>
          {hasPhone
            ? 'On the workflow’s page, press “Talk to it”.'
            : 'Lead one of your numbers to the workflow, or place a call with it.'}
        </li>
      </AgentNeeds>
      {workflows.length > 0 ? (
        <ul class="used" aria-label={`Workflows with ${agent.name}`}>
          {workflows.map(({ workflow_id: id, name }) => (
            <li key={id}>
              <Link to={`workflows/${id}`}>{name}</Link>
              {hasPhone && agent.ready ? <TalkToIt workflowId={id} /> : null}
            </li>
          ))}
        </ul>
      ) : null}
    </li>
  );
}
