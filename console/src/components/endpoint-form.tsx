import { useEffect, useState } from 'preact/hooks';
import { ENDED_STATUSES, LIVE_STATUSES } from '../api/types.js';
import type { Endpoint } from '../api/system-types.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/all.js';
import { Field, Tick } from './field.js';
import { Form } from './form.js';
import { Notice } from './notice.js';
import { rich } from './rich.js';
import { useWorkflowNames } from './use-workflow-names.js';

/** The end of a call, whatever it is; beside it one for each status. */
const TYPES = [
  'call.finished',
  ...[...LIVE_STATUSES, ...ENDED_STATUSES].map((status) => `call.${status}`),
];

const LABELS = {
  url: m.webhooks.url,
  workflow_id: m.common.workflow,
  enabled: m.webhooks.sendEventsToIt,
};

export type EndpointBody = Pick<Endpoint, 'url' | 'workflow_id' | 'types' | 'enabled'>;

interface EndpointFormProps {
  /** Null: a new one. */
  endpoint: Endpoint | null;
  save: (body: EndpointBody) => Promise<void>;
}

export function EndpointForm({ endpoint, save }: EndpointFormProps) {
  const [url, setUrl] = useState(endpoint?.url ?? '');
  const [workflowId, setWorkflowId] = useState(String(endpoint?.workflow_id ?? ''));
  const [types, setTypes] = useState<readonly string[]>(endpoint?.types ?? []);
  const [enabled, setEnabled] = useState(endpoint?.enabled ?? true);
  const [saved, setSaved] = useState(false);
  // The service disables an endpoint by itself, because of its answer.
  useEffect(() => setEnabled(endpoint?.enabled ?? true), [endpoint?.enabled]);
  // A newer service may know more types than this page.
  const choices = [...new Set([...TYPES, ...(endpoint?.types ?? [])])];
  const { workflows, nameOf } = useWorkflowNames();
  const { busy, error, run } = useAction();
  const submit = (): void =>
    run(async () => {
      setSaved(false);
      await save({
        url: url.trim(),
        workflow_id: workflowId === '' ? null : Number(workflowId),
        types: choices.filter((type) => types.includes(type)),
        enabled,
      });
      setSaved(true);
    });
  const toggle = (type: string, on: boolean): void =>
    setTypes((before) => [...before.filter((one) => one !== type), ...(on ? [type] : [])]);
  const isListed = workflows.some(({ workflow_id: id }) => String(id) === workflowId);
  return (
    <Form
      error={error}
      labels={LABELS}
      onSubmit={submit}
      end={
        <>
          {saved && endpoint ? <Notice tone="good">{m.webhooks.saved}</Notice> : null}
          <div class="actions">
            <button type="submit" disabled={busy}>
              {endpoint ? m.common.save : m.common.create}
            </button>
          </div>
        </>
      }
    >
      <Field
        label={LABELS.url}
        id="endpoint-url"
        name="url"
        hint={
          <>
            {rich(m.webhooks.anHttpsAddressThatAnswers, {
              marks: { code: (text) => <code>{text}</code> },
            })}
          </>
        }
      >
        <input
          type="url"
          required
          maxLength={2000}
          placeholder="https://example.com/calls"
          autocomplete="off"
          value={url}
          onInput={(event) => setUrl(event.currentTarget.value)}
        />
      </Field>
      <Field
        label={LABELS.workflow_id}
        id="endpoint-workflow"
        name="workflow_id"
        hint={m.webhooks.ofWhoseCallsItIs}
      >
        <select value={workflowId} onChange={(event) => setWorkflowId(event.currentTarget.value)}>
          <option value="">{m.webhooks.everyWorkflow}</option>
          {workflowId === '' || isListed ? null : (
            <option value={workflowId}>{nameOf(Number(workflowId))}</option>
          )}
          {workflows.map(({ workflow_id: id, name }) => (
            <option key={id} value={String(id)}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <fieldset>
        <legend>{m.webhooks.events}</legend>
        <p class="hint">{m.webhooks.noneChosenEveryEventIs}</p>
        <div class="ticks">
          {choices.map((type) => (
            <label key={type} class="tick">
              <input
                type="checkbox"
                checked={types.includes(type)}
                onChange={(event) => toggle(type, event.currentTarget.checked)}
              />
              {type}
            </label>
          ))}
        </div>
      </fieldset>
      <Tick
        label={LABELS.enabled}
        id="endpoint-enabled"
        name="enabled"
        hint={m.webhooks.whileThisIsOffEvents}
        checked={enabled}
        onChange={setEnabled}
      />
    </Form>
  );
}
