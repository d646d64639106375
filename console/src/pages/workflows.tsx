import type { Agent, Workflow } from '../api/types.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { rich } from '../components/rich.js';
import { TalkToIt, useHasPhone } from '../components/talk-to-it.js';
import { ErrorNotice } from '../components/notice.js';
import { WorkflowTrouble } from '../components/workflow-trouble.js';
import { useList } from '../hooks.js';
import { m } from '../messages/all.js';
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
              {m.workflows.agents}
            </Link>
            <Link to="sounds" class="button plain">
              {m.workflows.sounds}
            </Link>
            <Link to="workflows/new" class="button">
              {m.workflows.newWorkflow}
            </Link>
          </>
        }
      >
        {m.common.workflows}
      </PageHeading>
      <p class="intro">{m.workflows.whichAgentAnswersAndHow}</p>
      <ErrorNotice error={error} />
      {data || error ? null : <Looking />}
      {data?.data.length === 0 ? (
        <p class="empty">
          {rich(m.workflows.noWorkflowYet, {
            marks: { link: (text) => <Link to="workflows/new">{text}</Link> },
          })}
        </p>
      ) : null}
      <ul class="cards" hidden={!data?.data.length}>
        {data?.data.map((workflow) => (
          <li key={workflow.workflow_id}>
            <h2>
              <Link to={`workflows/${workflow.workflow_id}`}>{workflow.name}</Link>
            </h2>
            <p>
              {rich(m.workflows.id, {
                values: { agent: <code>{workflow.agent}</code>, workflowId: workflow.workflow_id },
              })}
              {workflow.recording ? ` · ${m.workflows.recorded}` : ''}
              {workflow.barge_in ? ` · ${m.workflows.canBeInterrupted}` : ''}
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
