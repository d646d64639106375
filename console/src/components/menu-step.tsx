import type { StepRow } from '../words/menu-steps.js';
import { STEP_KINDS, type StepKind } from '../words/menu-steps.js';
import { Field } from './field.js';
import { StepFollowUp } from './menu-follow-up.js';
import { Input, SOUNDS, type StepProps } from './menu-input.js';
import { Rows } from './rows.js';

/** As many as the agent takes. */
const SOUNDS_MAX = 20;

interface MenuStepProps extends StepProps {
  members: ReadonlySet<string>;
  onRename: (name: string) => void;
  /** Null: it is the only one. */
  onRemove: (() => void) | null;
}

/** One step of a menu. */
export function MenuStep({ members, onRename, onRemove, ...props }: MenuStepProps) {
  const { step, onChange } = props;
  const { id, name, sounds, facts } = step;
  const set = (changes: Partial<StepRow>): void => onChange({ ...step, ...changes });
  const kinds = STEP_KINDS.filter(({ kind }) => isKnown(kind, members) || kind === step.kind);
  return (
    <fieldset>
      <legend>Step {name}</legend>
      <div class="step-name">
        <Field
          label={`Name of step ${name}`}
          id={`step-${id}-name`}
          name={`agent_options.steps.${name}`}
        >
          <input
            required
            maxLength={50}
            pattern="[A-Za-z0-9_\-]+"
            title="Letters, digits, - and _"
            autocomplete="off"
            value={name}
            onChange={(event) => {
              const next = event.currentTarget.value;
              const isTaken = props.names.includes(next) && next !== name;
              event.currentTarget.setCustomValidity(isTaken ? 'Another step has this name.' : '');
              if (!isTaken && next !== '') onRename(next);
            }}
          />
        </Field>
      </div>
      <Rows
        rows={sounds}
        max={SOUNDS_MAX}
        add={`Add a sound to step ${name}`}
        fresh={''}
        remove={(index) => `Remove sound ${index + 1} of step ${name}`}
        onChange={(next) => set({ sounds: next })}
        draw={(sound, index, change) => (
          <Field
            label={`Sound ${index + 1} of step ${name}`}
            hint={index === 0 ? 'One of your sounds, or a WAV file in MEDIA_DIR.' : undefined}
            id={`step-${id}-sound-${index}`}
            name={`agent_options.steps.${name}.prompt`}
          >
            <Input value={sound} list={SOUNDS} onInput={change} maxLength={200} />
          </Field>
        )}
      />
      <Field label={`After the sounds of step ${name}`} id={`step-${id}-kind`}>
        <select
          value={step.kind}
          onChange={(event) => set({ kind: event.currentTarget.value as StepKind })}
        >
          {kinds.map(({ kind, label }) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      <StepFollowUp {...props} />
      <details open={facts.length > 0}>
        <summary>Facts that are stored with the call</summary>
        <Rows
          rows={facts}
          max={50}
          add={`Add a fact to step ${name}`}
          fresh={{ name: '', value: '' }}
          remove={(index) => `Remove fact ${index + 1} of step ${name}`}
          onChange={(next) => set({ facts: next })}
          draw={(fact, index, change) => (
            <>
              <Field label={`Fact ${index + 1} of step ${name}`} id={`step-${id}-fact-${index}`}>
                <Input value={fact.name} onInput={(value) => change({ ...fact, name: value })} />
              </Field>
              <Field
                label={`Value of fact ${index + 1} of step ${name}`}
                id={`step-${id}-value-${index}`}
                name={`agent_options.steps.${name}.facts`}
              >
                <Input
                  value={fact.value}
                  maxLength={500}
                  onInput={(value) => change({ ...fact, value })}
                />
              </Field>
            </>
          )}
        />
      </details>
      {onRemove ? (
        <div class="actions">
          <button type="button" class="plain" onClick={onRemove}>
            Remove step {name}
          </button>
        </div>
      ) : null}
    </fieldset>
  );
}

function isKnown(kind: StepKind, members: ReadonlySet<string>): boolean {
  return kind === 'hang_up' || members.has(kind);
}
