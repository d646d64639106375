import { useMemo, useState } from 'preact/hooks';
import { call } from '../api/http.js';
import type { Agent, Workflow } from '../api/types.js';
import { useAction } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { useRouter } from '../router.js';
import { fieldsOf, optionLabels, readOptions, valuesOf } from '../words/options-form.js';
import { suggestionsOf } from '../words/option-choices.js';
import type { OptionValues } from '../words/option-values.js';
import { FieldErrors } from '../words/field-errors.js';
import { readRoutes, routeLabels, rowsOf } from '../words/routes-form.js';
import { AgentNeeds } from './agent-needs.js';
import { BargeInFields, type BargeInChoice } from './barge-in-fields.js';
import { menuLabels, menuOf, readMenu, type MenuForm } from '../words/menu-form.js';
import { MACHINE_CHOICES, machineValues, readMachine } from '../words/machine-form.js';
import { readWait, WAIT_CHOICES, waitValues } from '../words/wait-form.js';
import { peopleIn, readTargets, targetsText } from '../words/transfer-targets.js';
import { WORKFLOW_LABELS as LABELS } from '../words/workflow-labels.js';
import { Field, Tick } from './field.js';
import { Form } from './form.js';
import { MessageFields } from './message-fields.js';
import { MenuEditor } from './menu-editor.js';
import { Notice } from './notice.js';
import { OptionFields } from './option-fields.js';
import { RouteFields } from './route-fields.js';

/** The agent whose options are a menu. */
const MENU_AGENT = 'menu';

interface WorkflowFormProps {
  agents: readonly Agent[];
  /** Null: a new workflow. */
  workflow: Workflow | null;
  onSaved: () => void;
}

export function WorkflowForm({ agents, workflow, onSaved }: WorkflowFormProps) {
  const { go, query } = useRouter();
  const [name, setName] = useState(workflow?.name ?? '');
  const [agentName, setAgentName] = useState(
    () => workflow?.agent ?? wishedAgent(agents, query.get('agent')),
  );
  const [recording, setRecording] = useState(workflow?.recording ?? false);
  const [transcription, setTranscription] = useState(workflow?.transcription ?? true);
  const [notice, setNotice] = useState(workflow?.recording_notice ?? '');
  const [bargeIn, setBargeIn] = useState<BargeInChoice>({
    barge_in: workflow?.barge_in ?? false,
    barge_in_sensitivity: workflow?.barge_in_sensitivity ?? 'normal',
    barge_in_echo: workflow?.barge_in_echo ?? 'auto',
  });
  const [turnSilence, setTurnSilence] = useState(String(workflow?.turn_silence_ms ?? 600));
  const [onFailure, setOnFailure] = useState(workflow?.on_failure ?? '');
  const [onResume, setOnResume] = useState(workflow?.on_resume ?? '');
  const [onWait, setOnWait] = useState(() => waitValues(workflow?.on_wait ?? null));
  const [routes, setRoutes] = useState(() => rowsOf(workflow?.routes ?? []));
  const [onMachine, setOnMachine] = useState(() => machineValues(workflow?.on_machine ?? 'ignore'));
  const [targets, setTargets] = useState(targetsText(workflow?.transfer_targets ?? []));
  const agent = agents.find((one) => one.name === agentName);
  const fields = useMemo(() => fieldsOf(agent?.options_schema ?? {}), [agent]);
  const sameAgent = workflow?.agent === agentName;
  const [values, setValues] = useState<OptionValues>(() =>
    valuesOf(fields, workflow?.agent_options ?? {}),
  );
  const [menu, setMenu] = useState(() => menuFor(agent, workflow));
  const [saved, setSaved] = useState(false);
  const { busy, error, run } = useAction();

  const choose = (chosen: string): void => {
    setAgentName(chosen);
    const next = agents.find((one) => one.name === chosen);
    const schema = next?.options_schema ?? {};
    setMenu(menuFor(next, workflow));
    const known = chosen === workflow?.agent ? workflow.agent_options : {};
    setValues(valuesOf(fieldsOf(schema), known));
  };
  const save = (): void =>
    run(async () => {
      setSaved(false);
      const read = menu
        ? ({ kind: 'options', options: readMenu(menu.form) } as const)
        : readOptions(fields, values);
      if (read.kind === 'wrong') {
        throw new FieldErrors([{ field: `agent_options.${read.field}`, message: read.message }]);
      }
      const body = {
        name,
        agent: agentName,
        agent_options: read.options,
        recording,
        transcription,
        recording_notice: notice.trim() === '' ? null : notice,
        ...bargeIn,
        turn_silence_ms: Number(turnSilence),
        on_failure: onFailure.trim() === '' ? null : onFailure,
        on_resume: onResume.trim() === '' ? null : onResume,
        on_wait: readWait(onWait),
        routes: readRoutes(routes),
        on_machine: readMachine(onMachine),
        transfer_targets: readTargets(targets),
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
    <Form
      error={error}
      labels={{
        ...LABELS,
        ...optionLabels(fields, values),
        ...(menu ? menuLabels(menu.form) : {}),
        ...routeLabels(routes),
      }}
      onSubmit={save}
      end={
        <>
          {saved ? <Notice tone="good">{m.workflows.savedCallsThatAreAlready}</Notice> : null}
          <div class="actions">
            <button type="submit" disabled={busy}>
              {workflow === null ? m.common.create : m.common.save}
            </button>
          </div>
        </>
      }
    >
      <Field label={LABELS.name} id="name" name="name">
        <input
          required
          maxLength={200}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <Field label={LABELS.agent} id="agent" name="agent" hint={agent?.description}>
        <select value={agentName} onChange={(event) => choose(event.currentTarget.value)}>
          {agents.map((one) => (
            <option key={one.name} value={one.name}>
              {one.ready ? one.name : fill(m.workflows.notReady, { name: one.name })}
            </option>
          ))}
        </select>
      </Field>
      {agent ? <AgentNeeds agent={agent} /> : null}
      {fields.length > 0 ? (
        <fieldset>
          <legend>{fill(m.workflows.optionsOf, { agentName })}</legend>
          {menu ? (
            <MenuEditor
              options={sameAgent ? (workflow?.agent_options ?? {}) : {}}
              members={menu.members}
              sounds={menu.sounds}
              people={peopleIn(targets)}
              onChange={(form) => setMenu({ ...menu, form })}
            />
          ) : (
            <OptionFields
              fields={fields}
              values={values}
              saved={sameAgent}
              onChange={(option, value) => setValues((before) => ({ ...before, [option]: value }))}
            />
          )}
        </fieldset>
      ) : null}
      <fieldset>
        <legend>{m.workflows.theCall}</legend>
        <Tick
          label={LABELS.recording}
          id="record"
          name="recording"
          checked={recording}
          onChange={setRecording}
        />
        {recording ? (
          <Tick
            label={LABELS.transcription}
            id="transcription"
            name="transcription"
            checked={transcription}
            onChange={setTranscription}
          />
        ) : null}
        {recording ? (
          <SentenceField
            name="recording_notice"
            id="notice"
            hint={m.workflows.leftEmptyNothing}
            value={notice}
            onChange={setNotice}
          />
        ) : null}
        <BargeInFields labels={LABELS} value={bargeIn} onChange={setBargeIn} />
        <Field
          label={LABELS.turn_silence_ms}
          id="turn-silence"
          name="turn_silence_ms"
          hint={m.workflows.forAgentsThatWaitFor}
        >
          <input
            type="number"
            required
            min={200}
            max={5_000}
            value={turnSilence}
            onInput={(event) => setTurnSilence(event.currentTarget.value)}
          />
        </Field>
        <SentenceField
          name="on_failure"
          id="on-failure"
          hint={m.workflows.leftEmptyTheCallIs}
          value={onFailure}
          onChange={setOnFailure}
        />
        <SentenceField
          name="on_resume"
          id="on-resume"
          hint={m.workflows.whereTheCallerHeardNothing}
          value={onResume}
          onChange={setOnResume}
        />
        <MessageFields
          label={LABELS.on_wait}
          hint={m.workflows.afterThreeSecondsOfSilence}
          name="on_wait"
          id="wait"
          choices={WAIT_CHOICES}
          sentence={{
            label: m.workflows.wordsForWhoWaits,
            hint: m.workflows.whereTheAgentCanSay,
          }}
          sound={{ label: m.workflows.soundForWhoWaits }}
          values={onWait}
          onChange={setOnWait}
        />
        <MessageFields
          label={LABELS.on_machine}
          hint={m.workflows.inCallsThatArePlaced}
          name="on_machine"
          id="machine"
          choices={MACHINE_CHOICES}
          sentence={{ label: m.workflows.theSentence, hint: m.workflows.whereTheCarrierCanSay }}
          sound={{ label: m.workflows.theSound }}
          values={onMachine}
          onChange={setOnMachine}
        />
        <Field
          label={LABELS.transfer_targets}
          id="transfer-targets"
          name="transfer_targets"
          hint={m.workflows.oneOnEachLineSales}
        >
          <textarea
            class="code"
            rows={3}
            value={targets}
            onInput={(event) => setTargets(event.currentTarget.value)}
          />
        </Field>
      </fieldset>
      <RouteFields rows={routes} onChange={setRoutes} />
    </Form>
  );
}

/** The agent that the page's address names, if it is plugged in; else the first. */
function wishedAgent(agents: readonly Agent[], wished: string | null): string {
  return (agents.find(({ name }) => name === wished) ?? agents[0])?.name ?? '';
}

interface Menu {
  form: MenuForm;
  /** What a step may have, by the agent's schema. */
  members: ReadonlySet<string>;
  /** What the schema suggests as sounds. */
  sounds: readonly string[];
}

/** Null: the agent is no menu, and its options are entered one by one. */
function menuFor(agent: Agent | undefined, workflow: Workflow | null): Menu | null {
  if (agent?.name !== MENU_AGENT) return null;
  const step = agent.options_schema.properties?.['steps']?.additionalProperties;
  const members = typeof step === 'object' ? (step.properties ?? {}) : {};
  const sounds = suggestionsOf(members['prompt']?.items ?? {}).map(({ text }) => text);
  const options = workflow?.agent === MENU_AGENT ? workflow.agent_options : {};
  return { form: menuOf(options), members: new Set(Object.keys(members)), sounds };
}

/** A sentence that a caller hears; empty: none. */
function SentenceField({
  name,
  id,
  hint,
  value,
  onChange,
}: {
  name: 'recording_notice' | 'on_failure' | 'on_resume';
  id: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={LABELS[name]} id={id} name={name} hint={hint}>
      <input
        maxLength={500}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </Field>
  );
}
