import { cloneElement, type ComponentChildren, type VNode } from 'preact';
import { useTrouble } from './form.js';

interface FieldProps {
  label: string;
  /** The id of the control inside. */
  id: string;
  /** The field's name in the API, by which the form finds its error. */
  name?: string;
  hint?: ComponentChildren;
  /** The control. It gets its id and the ids of its hint and its error. */
  children: VNode;
}

export function Field({ label, id, name, hint, children }: FieldProps) {
  const trouble = useTrouble(name);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {cloneElement(children, { id, ...described(id, hint, trouble) })}
      <Notes id={id} hint={hint} trouble={trouble} />
    </div>
  );
}

interface TickProps {
  label: string;
  id: string;
  name?: string;
  hint?: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

/** A field that is a checkbox; its label is behind it. */
export function Tick({ label, id, name, hint, checked, onChange }: TickProps) {
  const trouble = useTrouble(name);
  return (
    <div class="field">
      <label class="tick">
        <input
          id={id}
          type="checkbox"
          {...described(id, hint, trouble)}
          checked={checked}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        {label}
      </label>
      <Notes id={id} hint={hint} trouble={trouble} />
    </div>
  );
}

function described(id: string, hint: ComponentChildren, trouble: string | null) {
  const notes = [hint ? `${id}-hint` : '', trouble ? `${id}-error` : ''].filter(Boolean);
  return {
    'aria-describedby': notes.join(' ') || undefined,
    'aria-invalid': trouble ? ('true' as const) : undefined,
  };
}

interface NotesProps {
  id: string;
  hint: ComponentChildren;
  trouble: string | null;
}

function Notes({ id, hint, trouble }: NotesProps) {
  return (
    <>
      {trouble ? (
        <p class="field-error" id={`${id}-error`}>
          <span aria-hidden="true">✕ </span>
          {trouble}
        </p>
      ) : null}
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
    </>
  );
}
