import type { ComponentChildren } from 'preact';
import { useTrouble } from './form.js';

interface GroupProps {
  label: string;
  id: string;
  /** Its name in the API, by which the form finds its error. */
  name?: string;
  hint?: ComponentChildren;
  children: ComponentChildren;
}

/** Several controls that belong together, with a name, a hint and an error of their own. */
export function Group({ label, id, name, hint, children }: GroupProps) {
  const trouble = useTrouble(name);
  const notes = [hint ? `${id}-hint` : '', trouble ? `${id}-error` : ''].filter(Boolean);
  return (
    <fieldset
      class="group"
      tabIndex={trouble ? -1 : undefined}
      aria-describedby={notes.join(' ') || undefined}
      data-invalid={trouble ? 'true' : undefined}
    >
      <legend>{label}</legend>
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
      {children}
    </fieldset>
  );
}
