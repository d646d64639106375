import type { Agent, Workflow } from '../api/types.js';
import { DeleteButton } from '../components/delete-button.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { TalkToIt, useHasPhone } from '../components/talk-to-it.js';
import { ErrorNotice } from '../components/notice.js';
import { WorkflowForm } from '../components/workflow-form.js';
import { useList, useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { Link } from '../router.js';

/** Creates or changes a workflow. */
export function WorkflowPage({ workflowId }: { workflowId: number | null }) {
  const path = workflowId === null ? null : `api/v1/workflows/${workflowId}`;
  const agents = useList<Agent>('api/v1/agents');
  const workflow = useLoad<Workflow>(path);
  const hasPhone = useHasPhone();
  // What was read for another page may have changed since and must not be saved again.
  const ready = agents.data && (path === null || (workflow.data && workflow.fresh));
  return (
    <>
      <PageHeading
        actions={
          path && workflow.data ? (
            <>
              {hasPhone ? <TalkToIt workflowId={workflow.data.workflow_id} /> : null}
              <Link to={`workflows/${workflowId}/versions`} class="button plain">
                {m.workflows.versions}
              </Link>
              <Delete path={path} />
            </>
          ) : null
        }
      >
        {path === null
          ? m.workflows.newWorkflow
          : (workflow.data?.name ?? fill(m.workflows.workflow, { workflowId: workflowId ?? '' }))}
      </PageHeading>
      <ErrorNotice error={agents.error ?? workflow.error} />
      {ready ? (
        <WorkflowForm
          agents={agents.data?.data ?? []}
          workflow={workflow.data}
          onSaved={workflow.reload}
        />
      ) : agents.error || workflow.error ? null : (
        <Looking />
      )}
    </>
  );
}

function Delete({ path }: { path: string }) {
  return (
    <DeleteButton path={path} then="workflows" title={m.workflows.deleteThisWorkflow}>
      <p>{m.workflows.itsPastCallsStayOne}</p>
    </DeleteButton>
  );
}
