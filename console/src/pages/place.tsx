import { useState } from 'preact/hooks';
import { ApiProblem, call } from '../api/http.js';
import type { Call } from '../api/types.js';
import { Field } from '../components/field.js';
import { PageHeading } from '../components/heading.js';
import { ErrorNotice } from '../components/notice.js';
import { NoWorkflow } from '../components/no-workflow.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { useAction } from '../hooks.js';
import { Link, useRouter } from '../router.js';
import { readPlacement, type Placement } from '../words/placement.js';

export function PlacePage() {
  const { go } = useRouter();
  const { workflows, loaded, error: unknown } = useWorkflowNames();
  const [form, setForm] = useState<Placement>({
    workflowId: '',
    to: '',
    from: '',
    context: '',
    ringSeconds: '',
    maxSeconds: '',
    machineDetection: '',
  });
  const { busy, error, run } = useAction();
  const set = (name: keyof Placement) => (event: { currentTarget: { value: string } }) =>
    setForm((before) => ({ ...before, [name]: event.currentTarget.value }));
  const chosen = form.workflowId || String(workflows[0]?.workflow_id ?? '');
  const place = (): void =>
    run(async () => {
      const body = readPlacement({ ...form, workflowId: chosen });
      const { workflow_run_id: runId } = await call<Call>('POST', 'api/v1/telephony/calls', body);
      go(`calls/${runId}`);
    });
  if (loaded && workflows.length === 0) {
    return (
      <>
        <PageHeading>Place a call</PageHeading>
        <NoWorkflow />
      </>
    );
  }
  return (
    <>
      <PageHeading>Place a call</PageHeading>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          place();
        }}
      >
        <Field label="Number to call, with country code" id="to">
          <input
            id="to"
            type="tel"
            required
            maxLength={20}
            placeholder="+14155552671"
            autocomplete="off"
            value={form.to}
            onInput={set('to')}
          />
        </Field>
        <Field label="Workflow" id="place-workflow" hint="Its agent talks on this call.">
          <select
            id="place-workflow"
            aria-describedby="place-workflow-hint"
            value={chosen}
            onChange={set('workflowId')}
          >
            {workflows.map((workflow) => (
              <option key={workflow.workflow_id} value={String(workflow.workflow_id)}>
                {workflow.name}
              </option>
            ))}
          </select>
        </Field>
        <details>
          <summary>More</summary>
          <Field label="Shown number" id="from" hint="One of ours; left empty: the first.">
            <input
              id="from"
              type="tel"
              maxLength={20}
              aria-describedby="from-hint"
              autocomplete="off"
              value={form.from}
              onInput={set('from')}
            />
          </Field>
          <Field label="Context" id="context" hint="A JSON object, handed to the agent.">
            <textarea
              id="context"
              class="code"
              rows={4}
              aria-describedby="context-hint"
              value={form.context}
              onInput={set('context')}
            />
          </Field>
          <Field label="Let it ring, seconds" id="ring" hint="5 to 600; left empty: 60.">
            <input
              id="ring"
              type="number"
              min={5}
              max={600}
              aria-describedby="ring-hint"
              value={form.ringSeconds}
              onInput={set('ringSeconds')}
            />
          </Field>
          <Field label="Longest duration, seconds" id="longest" hint="Left empty: 3600.">
            <input
              id="longest"
              type="number"
              min={1}
              max={86400}
              aria-describedby="longest-hint"
              value={form.maxSeconds}
              onInput={set('maxSeconds')}
            />
          </Field>
          <Field label="Detect answering machines" id="machine">
            <select id="machine" value={form.machineDetection} onChange={set('machineDetection')}>
              <option value="">no</option>
              <option value="enable">at once</option>
              <option value="detect_message_end">wait for the end of the greeting</option>
            </select>
          </Field>
        </details>
        <ErrorNotice error={error ?? unknown} />
        <FailedCall error={error} />
        <div class="actions">
          <button type="submit" disabled={busy || chosen === ''}>
            {busy ? 'Calling…' : 'Call'}
          </button>
        </div>
      </form>
    </>
  );
}

/** A call that the carrier refused is in the history all the same. */
function FailedCall({ error }: { error: unknown }) {
  const runId = error instanceof ApiProblem ? error.members['workflow_run_id'] : undefined;
  if (typeof runId !== 'number') return null;
  return (
    <p>
      <Link to={`calls/${runId}`}>Call #{runId}</Link> has the details.
    </p>
  );
}
