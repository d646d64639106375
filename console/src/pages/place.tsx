import { useState } from 'preact/hooks';
import { ApiProblem, call } from '../api/http.js';
import type { Agent, Call } from '../api/types.js';
import { Field } from '../components/field.js';
import { Form } from '../components/form.js';
import { PageHeading } from '../components/heading.js';
import { Looking } from '../components/looking.js';
import { NoWorkflow } from '../components/no-workflow.js';
import { rich } from '../components/rich.js';
import { useWorkflowNames } from '../components/use-workflow-names.js';
import { WorkflowTrouble } from '../components/workflow-trouble.js';
import { useAction, useList, useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { Link, useRouter } from '../router.js';
import { workflowTrouble } from '../words/agents.js';
import { placementOf, readPlacement, type Placement } from '../words/placement.js';

const LABELS = {
  to: m.place.numberToCallWithCountry,
  workflow_id: m.common.workflow,
  from: m.place.shownNumber,
  context: m.place.context,
  ring_timeout_seconds: m.place.letItRingSeconds,
  max_duration_seconds: m.place.longestDurationSeconds,
  machine_detection: m.place.detectAnsweringMachines,
};

/** Places a call; with `again` in the address, one like that call. */
export function PlacePage() {
  const { query } = useRouter();
  const again = /^\d{1,16}$/.exec(query.get('again') ?? '')?.[0];
  const like = useLoad<Call>(again === undefined ? null : `api/v1/telephony/calls/${again}`);
  if (again !== undefined && !like.data && !like.error) {
    return (
      <>
        <PageHeading>{m.place.placeACall}</PageHeading>
        <Looking />
      </>
    );
  }
  return <PlaceForm like={like.data} />;
}

/** @param like what is entered to begin with; null: nothing */
function PlaceForm({ like }: { like: Call | null }) {
  const { go } = useRouter();
  const { workflows, loaded, error: unknown } = useWorkflowNames();
  const [form, setForm] = useState<Placement>(() => placementOf(like));
  const { busy, error, run } = useAction();
  const set = (name: keyof Placement) => (event: { currentTarget: { value: string } }) =>
    setForm((before) => ({ ...before, [name]: event.currentTarget.value }));
  const agents = useList<Agent>('api/v1/agents').data?.data ?? null;
  const chosen = form.workflowId || String(workflows[0]?.workflow_id ?? '');
  const known = workflows.find(({ workflow_id: id }) => String(id) === chosen);
  // A call that nobody would answer is not placed; the API would place it.
  const inTrouble = known && agents ? workflowTrouble(known, agents) !== null : false;
  const place = (): void =>
    run(async () => {
      const body = readPlacement({ ...form, workflowId: chosen });
      const { workflow_run_id: runId } = await call<Call>('POST', 'api/v1/telephony/calls', body);
      go(`calls/${runId}`);
    });
  if (loaded && workflows.length === 0) {
    return (
      <>
        <PageHeading>{m.place.placeACall}</PageHeading>
        <NoWorkflow />
      </>
    );
  }
  return (
    <>
      <PageHeading>{m.place.placeACall}</PageHeading>
      <Form
        error={error ?? unknown}
        labels={LABELS}
        onSubmit={place}
        end={
          <>
            <FailedCall error={error} />
            <div class="actions">
              <button type="submit" disabled={busy || chosen === '' || inTrouble}>
                {busy ? m.place.calling : m.place.call}
              </button>
            </div>
          </>
        }
      >
        <Field label={LABELS.to} id="to" name="to">
          <input
            type="tel"
            required
            maxLength={20}
            placeholder="+14155552671"
            autocomplete="off"
            value={form.to}
            onInput={set('to')}
          />
        </Field>
        <Field
          label={LABELS.workflow_id}
          id="place-workflow"
          name="workflow_id"
          hint={m.place.itsAgentTalksOnThis}
        >
          <select value={chosen} onChange={set('workflowId')}>
            {workflows.map((workflow) => (
              <option key={workflow.workflow_id} value={String(workflow.workflow_id)}>
                {workflow.name}
              </option>
            ))}
          </select>
        </Field>
        {known && agents ? <WorkflowTrouble workflow={known} agents={agents} /> : null}
        <details>
          <summary>{m.place.more}</summary>
          <Field label={LABELS.from} id="from" name="from" hint={m.place.oneOfYourNumbersLeft}>
            <input
              type="tel"
              maxLength={20}
              autocomplete="off"
              value={form.from}
              onInput={set('from')}
            />
          </Field>
          <Field
            label={LABELS.context}
            id="context"
            name="context"
            hint={m.place.aJsonObjectHandedTo}
          >
            <textarea class="code" rows={4} value={form.context} onInput={set('context')} />
          </Field>
          <Field
            label={LABELS.ring_timeout_seconds}
            id="ring"
            name="ring_timeout_seconds"
            hint={m.place.n5To600LeftEmpty}
          >
            <input
              type="number"
              min={5}
              max={600}
              value={form.ringSeconds}
              onInput={set('ringSeconds')}
            />
          </Field>
          <Field
            label={LABELS.max_duration_seconds}
            id="longest"
            name="max_duration_seconds"
            hint={m.place.leftEmpty3600}
          >
            <input
              type="number"
              min={1}
              max={86400}
              value={form.maxSeconds}
              onInput={set('maxSeconds')}
            />
          </Field>
          <Field label={LABELS.machine_detection} id="machine" name="machine_detection">
            <select value={form.machineDetection} onChange={set('machineDetection')}>
              <option value="">{m.place.no}</option>
              <option value="enable">{m.place.atOnce}</option>
              <option value="detect_message_end">{m.place.waitForTheEndOf}</option>
            </select>
          </Field>
        </details>
      </Form>
    </>
  );
}

/** Links to a call that the carrier refused, which is in the history nevertheless. */
function FailedCall({ error }: { error: unknown }) {
  const runId = error instanceof ApiProblem ? error.members['workflow_run_id'] : undefined;
  if (typeof runId !== 'number') return null;
  return (
    <p>
      {rich(m.place.callHasTheDetails, {
        marks: { link: (text) => <Link to={`calls/${runId}`}>{text}</Link> },
        values: { runId },
      })}
    </p>
  );
}
