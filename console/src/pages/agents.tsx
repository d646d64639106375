import type { Agent, Workflow } from '../api/types.js';
import { AgentNeeds } from '../components/agent-needs.js';
import { Badge } from '../components/badge.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { rich } from '../components/rich.js';
import { TalkToIt, useHasPhone } from '../components/talk-to-it.js';
import { useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
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
            {m.agents.newWorkflow}
          </Link>
        }
      >
        {m.agents.agents}
      </PageHeading>
      <p class="intro">
        {rich(m.agents.anAgentIsWhatListens, { marks: { code: (text) => <code>{text}</code> } })}
      </p>
      <ErrorNotice error={error} />
      {agents.data || error ? null : <Looking />}
      <ul class="cards agents" aria-label={m.agents.agents} hidden={!agents.data?.data.length}>
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
        <Link
          to={make}
          class="button plain"
          label={fill(m.agents.newWorkflowWith, { name: agent.name })}
        >
          {m.agents.newWorkflowWithIt}
        </Link>
      </div>
      <p>{agent.description}</p>
      {must.length > 0 ? (
        <p class="hint">{fill(m.agents.aWorkflowOfItMust, { options: must.join(', ') })}</p>
      ) : null}
      <AgentNeeds agent={agent}>
        <li>
          {rich(m.agents.makeAWorkflowWithIt, {
            marks: { link: (text) => <Link to={make}>{text}</Link> },
          })}
        </li>
        <li>{hasPhone ? m.agents.onTheWorkflowsPagePress : m.agents.leadOneOfYourNumbers}</li>
      </AgentNeeds>
      {workflows.length > 0 ? (
        <ul class="used" aria-label={fill(m.agents.workflowsWith, { name: agent.name })}>
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
