import { useMemo, useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { Agent, Workflow } from '../api/types.js';
import { useAction } from '../hooks.js';
import { useRouter } from '../router.js';
import { fieldsOf, readOptions, valuesOf, type OptionValues } from '../words/options-form.js';
import { Field } from './field.js';
import { ErrorNotice, Notice } from './notice.js';
import { OptionFields } from './option-fields.js';

interface WorkflowFormProps {
  agents: readonly Agent[];
  /** Null: a new one. */
  workflow: Workflow | null;
  onSaved: () => void;
}

export function WorkflowForm({ agents, workflow, onSaved }: WorkflowFormProps) {
  const { go } = useRouter();
  const [name, setName] = useState(workflow?.name ?? '');
  const [agentName, setAgentName] = useState(workflow?.agent ?? agents[0]?.name ?? '');
  const [recording, setRecording] = useState(workflow?.recording ?? false);
  const [notice, setNotice] = useState(workflow?.recording_notice ?? '');
  const [bargeIn, setBargeIn] = useState(workflow?.barge_in ?? false);
  const [onFailure, setOnFailure] = useState(workflow?.on_failure ?? '');
  const agent = agents.find((one) => one.name === agentName);
  const fields = useMemo(() => fieldsOf(agent?.options_schema ?? {}), [agent]);
  const sameAgent = workflow?.agent === agentName;
  const [values, setValues] = useState<OptionValues>(() =>
    valuesOf(fields, workflow?.agent_options ?? {}),
  );
  const [saved, setSaved] = useState(false);
  const { busy, error, run } = useAction();

  const choose = (chosen: string): void => {
    setAgentName(chosen);
    const schema = agents.find((one) => one.name === chosen)?.options_schema ?? {};
    const known = chosen === workflow?.agent ? workflow.agent_options : {};
    setValues(valuesOf(fieldsOf(schema), known));
  };
  const save = (): void =>
    run(async () => {
      setSaved(false);
      const read = readOptions(fields, values);
      if (read.kind === 'wrong') throw new Error(`${read.field} ${read.message}.`);
      const body = {
        name,
        agent: agentName,
        agent_options: read.options,
        recording,
        recording_notice: notice.trim() === '' ? null : notice,
        barge_in: bargeIn,
        on_failure: onFailure.trim() === '' ? null : onFailure,
      };
      if (workflow === null) {
        const made = await call<Workflow>('POST', 'api/v1/workflows', body);
        go(`workflows/${made.workflow_id}`, { replace: true });
      } else {
        await call('PATCH', `api/v1/workflows/${workflow.workflow_id}`, body);
        setSaved(true);
        onSaved();
      }
    });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Field label="Name" id="name">
        <input
          id="name"
          required
          maxLength={200}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <Field label="Agent" id="agent" hint={agent?.description}>
        <select
          id="agent"
          aria-describedby="agent-hint"
          value={agentName}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {agents.map((one) => (
            <option key={one.name} value={one.name}>
              {one.name}
            </option>
          ))}
        </select>
      </Field>
      {fields.length > 0 ? (
        <fieldset>
          <legend>Options of {agentName}</legend>
          <OptionFields
            fields={fields}
            values={values}
            saved={sameAgent}
            onChange={(option, value) => setValues((before) => ({ ...before, [option]: value }))}
          />
        </fieldset>
      ) : null}
      <fieldset>
        <legend>The call</legend>
        <Tick label="Record it" checked={recording} onChange={setRecording} />
        {recording ? (
          <Field label="Said before anything is recorded" id="notice" hint="Left empty: nothing.">
            <input
              id="notice"
              maxLength={500}
              aria-describedby="notice-hint"
              value={notice}
              onInput={(event) => setNotice(event.currentTarget.value)}
            />
          </Field>
        ) : null}
        <Tick label="The caller may talk over the agent" checked={bargeIn} onChange={setBargeIn} />
        <Field
          label="Said when the agent fails"
          id="on-failure"
          hint="Left empty: the call is just hung up."
        >
          <input
            id="on-failure"
            maxLength={500}
            aria-describedby="on-failure-hint"
            value={onFailure}
            onInput={(event) => setOnFailure(event.currentTarget.value)}
          />
        </Field>
      </fieldset>
      <ErrorNotice error={error} />
      {saved ? (
        <Notice tone="good">Saved. Calls that are already made keep the old rules.</Notice>
      ) : null}
      <div class="actions">
        <button type="submit" disabled={busy}>
          {workflow === null ? 'Create' : 'Save'}
        </button>
      </div>
    </form>
  );
}

interface TickProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function Tick({ label, checked, onChange }: TickProps) {
  return (
    <label class="tick">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
