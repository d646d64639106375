import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { m } from '../messages/all.js';
import { menuOf, newStep, readMenu, renamed, type MenuForm } from '../words/menu-form.js';
import type { StepRow } from '../words/menu-steps.js';
import { Field } from './field.js';
import { SOUNDS } from './menu-input.js';
import { MenuStep } from './menu-step.js';
import { SoundNames } from './sound-names.js';

/** As many as the agent takes. */
const STEPS_MAX = 100;

interface MenuEditorProps {
  options: Readonly<Record<string, unknown>>;
  /** Which members a step may have, by the agent's schema. */
  members: ReadonlySet<string>;
  /** What the schema suggests as sounds, beside the user's own. */
  sounds: readonly string[];
  /** The names of the people to whom the agent may transfer calls. */
  people: readonly string[];
  onChange: (form: MenuForm) => void;
}

/** A menu as steps, with what follows each of them. */
export function MenuEditor({ options, members, sounds, people, onChange }: MenuEditorProps) {
  const [form, setForm] = useState(() => menuOf(options));
  const list = useRef<HTMLOListElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  /** The step that gets the focus when it is drawn; null: none. */
  const focused = useRef<number | null>(null);
  // Before anything is typed.
  useLayoutEffect(() => {
    if (focused.current === null) return;
    const names = list.current?.querySelectorAll<HTMLInputElement>('.step-name input');
    (names?.[Math.min(focused.current, names.length - 1)] ?? add.current)?.focus();
    focused.current = null;
  }, [form.steps.length]);
  const change = (next: MenuForm): void => {
    setForm(next);
    onChange(next);
  };
  const changeStep = (step: StepRow): void =>
    change({ ...form, steps: form.steps.map((one) => (one.id === step.id ? step : one)) });
  const names = form.steps.map(({ name }) => name);
  return (
    <>
      <Field
        label={m.menus.theCallBeginsWith}
        id="menu-start"
        name="agent_options.start"
        hint={m.menus.aStepPlaysItsSounds}
      >
        <select
          value={form.start}
          onChange={(event) => change({ ...form, start: event.currentTarget.value })}
        >
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <SoundNames id={SOUNDS} others={sounds} />
      <ol ref={list} class="steps">
        {form.steps.map((step, index) => (
          <li key={step.id}>
            <MenuStep
              step={step}
              names={names}
              members={members}
              people={people}
              onRename={(name) => change(renamed(form, step.id, name))}
              onChange={changeStep}
              onRemove={
                form.steps.length === 1
                  ? null
                  : () => {
                      focused.current = index;
                      const steps = form.steps.filter(({ id }) => id !== step.id);
                      const isStart = form.start === step.name;
                      change({ start: isStart ? (steps[0]?.name ?? '') : form.start, steps });
                    }
              }
            />
          </li>
        ))}
      </ol>
      <div class="actions">
        <button
          ref={add}
          type="button"
          class="plain"
          disabled={form.steps.length >= STEPS_MAX}
          onClick={() => {
            focused.current = form.steps.length;
            change({ ...form, steps: [...form.steps, newStep(form.steps)] });
          }}
        >
          {m.menus.addAStep}
        </button>
      </div>
      <details>
        <summary>{m.menus.showAsJson}</summary>
        <pre>{JSON.stringify(readMenu(form), null, 2)}</pre>
      </details>
    </>
  );
}
