import type { ComponentChildren } from 'preact';

interface FieldProps {
  label: string;
  /** Must be the id of the control inside. */
  id: string;
  hint?: ComponentChildren;
  children: ComponentChildren;
}

export function Field({ label, id, hint, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}
