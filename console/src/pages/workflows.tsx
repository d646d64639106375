import type { Agent, Workflow } from '../api/types.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { TalkToIt, useHasPhone } from '../components/talk-to-it.js';
import { ErrorNotice } from '../components/notice.js';
import { WorkflowTrouble } from '../components/workflow-trouble.js';
import { useList } from '../hooks.js';
import { Link } from '../router.js';

export function WorkflowsPage() {
  const { data, error } = useList<Workflow>('api/v1/workflows');
  const agents = useList<Agent>('api/v1/agents').data?.data;
  const hasPhone = useHasPhone();
  return (
    <>
      <PageHeading
        actions={
          <>
            <Link to="agents" class="button plain">
              Agents
            </Link>
            <Link to="sounds" class="button plain">
              Sounds
            </Link>
            <Link to="workflows/new" class="button">
              New workflow
            </Link>
          </>
        }
      >
        Workflows
      </PageHeading>
      <p class="intro">
        Which agent answers, and how. A call keeps the workflow as it was when the call was made.
      </p>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? (
        <p class="empty">
          There is no workflow yet. <Link to="workflows/new">Make the first one</Link> to place and
          take calls.
        </p>
      ) : null}
      <ul class="cards" hidden={!data?.data.length}>
        {data?.data.map((workflow) => (
          <li key={workflow.workflow_id}>
            <h2>
              <Link to={`workflows/${workflow.workflow_id}`}>{workflow.name}</Link>
            </h2>
            <p>
              <code>{workflow.agent}</code> · id {workflow.workflow_id}
              {workflow.recording ? ' · recorded' : ''}
              {workflow.barge_in ? ' · can be interrupted' : ''}
            </p>
            {agents ? <WorkflowTrouble workflow={workflow} agents={agents} /> : null}
            {hasPhone ? (
              <p>
                <TalkToIt workflowId={workflow.workflow_id} />
              </p>
            ) : null}
          </li>
        ))}
      </ul>
    </>
  );
}
