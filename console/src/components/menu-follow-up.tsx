import type { Workflow } from '../api/types.js';
import { useList } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import {
  ANNOUNCE_KINDS,
  freeKey,
  KEYS,
  type AnnounceKind,
  type StepRow,
} from '../words/menu-steps.js';
import { Field } from './field.js';
import { Input, SOUNDS, type StepProps } from './menu-input.js';
import { ErrorNotice } from './notice.js';
import { Rows } from './rows.js';

/** The controls of what follows a step's sounds, by its kind. */
export function StepFollowUp(props: StepProps) {
  const { kind } = props.step;
  switch (kind) {
    case 'keys':
      return <KeyControls {...props} />;
    case 'transfer':
      return <TransferControls {...props} />;
    case 'workflow':
      return <WorkflowControls {...props} />;
    case 'next':
      return <NextStep {...props} label={m.menus.goesOnWith} none={m.common.hangUp} />;
    case 'hang_up':
      return null;
    default:
      return kind satisfies never;
  }
}

function KeyControls(props: StepProps) {
  const { step, names, onChange } = props;
  const { id, name, keys } = step;
  const set = (changes: Partial<StepRow>): void => onChange({ ...step, ...changes });
  return (
    <>
      <Rows
        rows={keys}
        max={KEYS.length}
        add={fill(m.menus.addAKeyToStep, { name })}
        fresh={{ key: freeKey(keys), step: names[0] ?? '' }}
        remove={(index) => fill(m.menus.removeKeyOfStep, { key: keys[index]?.key ?? '', name })}
        onChange={(next) => set({ keys: next })}
        draw={(row, index, change) => (
          <>
            <Field
              label={fill(m.menus.keyOfStep, { index: index + 1, name })}
              id={`step-${id}-key-${index}`}
            >
              <Choice
                value={row.key}
                choices={KEYS.filter(
                  (key) => key === row.key || !keys.some((one) => one.key === key),
                )}
                onChange={(key) => change({ ...row, key })}
              />
            </Field>
            <Field
              label={fill(m.menus.keyOfStepLeadsTo, { key: row.key, name })}
              id={`step-${id}-lead-${index}`}
              name={`agent_options.steps.${name}.keys`}
            >
              <Choice
                value={row.step}
                choices={names}
                onChange={(to) => change({ ...row, step: to })}
              />
            </Field>
          </>
        )}
      />
      <div class="pair">
        <Field
          label={fill(m.menus.secondsToWaitInStep, { name })}
          id={`step-${id}-timeout`}
          name={`agent_options.steps.${name}.timeout_seconds`}
          hint={m.menus.leftEmpty5}
        >
          <Input value={step.timeout} onInput={(timeout) => set({ timeout })} />
        </Field>
        <Field
          label={fill(m.menus.timesTheSoundsOfStep, { name })}
          id={`step-${id}-attempts`}
          name={`agent_options.steps.${name}.attempts`}
          hint={m.menus.leftEmpty3}
        >
          <Input value={step.attempts} onInput={(attempts) => set({ attempts })} />
        </Field>
      </div>
      <NextStep {...props} label={m.menus.withoutAKey} none={m.common.hangUp} />
    </>
  );
}

function TransferControls(props: StepProps) {
  const { step, people, onChange } = props;
  const { id, name } = step;
  return (
    <>
      <Field
        label={fill(m.menus.personOfStep, { name })}
        id={`step-${id}-target`}
        name={`agent_options.steps.${name}.transfer.target`}
        hint={m.menus.oneOfThePeopleBelow}
      >
        <Input
          required
          list={`step-${id}-people`}
          value={step.target}
          maxLength={50}
          onInput={(target) => onChange({ ...step, target })}
        />
      </Field>
      <datalist id={`step-${id}-people`}>
        {people.map((person) => (
          <option key={person} value={person}>
            {person}
          </option>
        ))}
      </datalist>
      <Field label={fill(m.menus.whatThePersonOfStep, { name })} id={`step-${id}-announce-kind`}>
        <select
          value={step.announceKind}
          onChange={(event) =>
            onChange({ ...step, announceKind: event.currentTarget.value as AnnounceKind })
          }
        >
          {Object.entries(ANNOUNCE_KINDS).map(([kind, words]) => (
            <option key={kind} value={kind}>
              {words}
            </option>
          ))}
        </select>
      </Field>
      <Announcement {...props} />
      <NextStep {...props} label={m.menus.whereThePersonIsNot} none={m.common.hangUp} />
    </>
  );
}

function Announcement({ step, onChange }: StepProps) {
  const { id, name, announceKind: kind } = step;
  if (kind === 'nothing') return null;
  const isSound = kind === 'sound';
  const path = `agent_options.steps.${name}.transfer.announce`;
  return (
    <Field
      label={fill(isSound ? m.menus.soundForThePerson : m.menus.sentenceForThePerson, { name })}
      id={`step-${id}-announce`}
      name={isSound ? `${path}.sound` : path}
    >
      <Input
        required
        value={step.announce}
        maxLength={isSound ? 200 : 500}
        list={isSound ? SOUNDS : undefined}
        onInput={(announce) => onChange({ ...step, announce })}
      />
    </Field>
  );
}

function WorkflowControls(props: StepProps) {
  const { step, onChange } = props;
  const { id, name } = step;
  const { data, error } = useList<Workflow>('api/v1/workflows');
  const names = new Map(
    data?.data.map((one) => [String(one.workflow_id), `${one.name} (${one.workflow_id})`]),
  );
  return (
    <>
      <Field
        label={fill(m.menus.workflowOfStep, { name })}
        id={`step-${id}-workflow`}
        name={`agent_options.steps.${name}.workflow`}
        hint={m.menus.itGoesOnWithThe}
      >
        <Choice
          required
          value={step.workflow}
          choices={[...names.keys()]}
          words={names}
          none="–"
          onChange={(workflow) => onChange({ ...step, workflow })}
        />
      </Field>
      <ErrorNotice error={error} />
      <NextStep {...props} label={m.menus.whereThatWorkflowCannotGo} none={m.common.hangUp} />
    </>
  );
}

function NextStep({
  step,
  names,
  label,
  none,
  onChange,
}: StepProps & { label: string; none: string }) {
  const { id, name, next } = step;
  return (
    <Field
      label={fill(m.menus.step, { label, name })}
      id={`step-${id}-next`}
      name={`agent_options.steps.${name}.next`}
    >
      <Choice
        value={next}
        choices={names}
        none={none}
        onChange={(to) => onChange({ ...step, next: to })}
      />
    </Field>
  );
}

interface ChoiceProps {
  value: string;
  choices: readonly string[];
  /** What the choices are called; absent: as they are written. */
  words?: ReadonlyMap<string, string>;
  /** What an empty value is called; absent: there is none. */
  none?: string;
  required?: boolean;
  onChange: (value: string) => void;
}

/** A selection that also shows a value which is no choice any more. */
function Choice({ value, choices, words, none, onChange, ...common }: ChoiceProps) {
  const all = value === '' || choices.includes(value) ? choices : [...choices, value];
  return (
    <select {...common} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {none === undefined ? null : <option value="">{none}</option>}
      {all.map((choice) => (
        <option key={choice} value={choice}>
          {words?.get(choice) ?? choice}
        </option>
      ))}
    </select>
  );
}
