import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
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
      <legend>{fill(m.menus.stepName, { name })}</legend>
      <div class="step-name">
        <Field
          label={fill(m.menus.nameOfStep, { name })}
          id={`step-${id}-name`}
          name={`agent_options.steps.${name}`}
        >
          <input
            required
            maxLength={50}
            pattern="[A-Za-z0-9_\-]+"
            title={m.menus.lettersDigitsAnd}
            autocomplete="off"
            value={name}
            onChange={(event) => {
              const next = event.currentTarget.value;
              const isTaken = props.names.includes(next) && next !== name;
              event.currentTarget.setCustomValidity(isTaken ? m.menus.anotherStepHasThisName : '');
              if (!isTaken && next !== '') onRename(next);
            }}
          />
        </Field>
      </div>
      <Rows
        rows={sounds}
        max={SOUNDS_MAX}
        add={fill(m.menus.addASoundToStep, { name })}
        fresh={''}
        remove={(index) => fill(m.menus.removeSoundOfStep, { index: index + 1, name })}
        onChange={(next) => set({ sounds: next })}
        draw={(sound, index, change) => (
          <Field
            label={fill(m.menus.soundOfStep, { index: index + 1, name })}
            hint={index === 0 ? m.menus.oneOfYourSoundsOr : undefined}
            id={`step-${id}-sound-${index}`}
            name={`agent_options.steps.${name}.prompt`}
          >
            <Input value={sound} list={SOUNDS} onInput={change} maxLength={200} />
          </Field>
        )}
      />
      <Field label={fill(m.menus.afterTheSoundsOfStep, { name })} id={`step-${id}-kind`}>
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
        <summary>{m.menus.factsThatAreStoredWith}</summary>
        <Rows
          rows={facts}
          max={50}
          add={fill(m.menus.addAFactToStep, { name })}
          fresh={{ name: '', value: '' }}
          remove={(index) => fill(m.menus.removeFactOfStep, { index: index + 1, name })}
          onChange={(next) => set({ facts: next })}
          draw={(fact, index, change) => (
            <>
              <Field
                label={fill(m.menus.factOfStep, { index: index + 1, name })}
                id={`step-${id}-fact-${index}`}
              >
                <Input value={fact.name} onInput={(value) => change({ ...fact, name: value })} />
              </Field>
              <Field
                label={fill(m.menus.valueOfFactOfStep, { index: index + 1, name })}
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
            {fill(m.menus.removeStep, { name })}
          </button>
        </div>
      ) : null}
    </fieldset>
  );
}

function isKnown(kind: StepKind, members: ReadonlySet<string>): boolean {
  return kind === 'hang_up' || members.has(kind);
}
