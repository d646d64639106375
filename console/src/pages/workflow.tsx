import { useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { Agent, Workflow } from '../api/types.js';
import { ConfirmDialog } from '../components/dialog.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { ErrorNotice } from '../components/notice.js';
import { WorkflowForm } from '../components/workflow-form.js';
import { useAction, useList, useLoad } from '../hooks.js';
import { useRouter } from '../router.js';

/** Creates or changes a workflow. */
export function WorkflowPage({ workflowId }: { workflowId: number | null }) {
  const path = workflowId === null ? null : `api/v1/workflows/${workflowId}`;
  const agents = useList<Agent>('api/v1/agents');
  const workflow = useLoad<Workflow>(path);
  // What was read for another page may have changed since and must not be saved again.
  const ready = agents.data && (path === null || (workflow.data && workflow.fresh));
  return (
    <>
      <PageHeading actions={path && workflow.data ? <Delete path={path} /> : null}>
        {path === null ? 'New workflow' : (workflow.data?.name ?? `Workflow ${workflowId}`)}
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
  const { go } = useRouter();
  const [asking, setAsking] = useState(false);
  const { busy, error, run } = useAction();
  const remove = (): void =>
    run(async () => {
      try {
        await call('DELETE', path);
      } finally {
        setAsking(false);
      }
      go('workflows');
    });
  return (
    <>
      <ErrorNotice error={error} />
      <button type="button" class="plain danger-text" onClick={() => setAsking(true)}>
        Delete…
      </button>
      {asking ? (
        <ConfirmDialog
          title="Delete this workflow?"
          confirm="Delete"
          busy={busy}
          onConfirm={remove}
          onCancel={() => setAsking(false)}
        >
          <p>Its past calls stay. One that a number leads to cannot be deleted.</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}
