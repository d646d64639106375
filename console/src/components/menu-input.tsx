import type { StepRow } from '../words/menu-steps.js';

/** The list of sounds, by its id in the page. */
export const SOUNDS = 'sounds';

/** What the controls of a step are given. */
export interface StepProps {
  step: StepRow;
  /** Of all steps. */
  names: readonly string[];
  people: readonly string[];
  onChange: (step: StepRow) => void;
}

interface InputProps {
  value: string;
  maxLength?: number;
  list?: string | undefined;
  required?: boolean;
  onInput: (value: string) => void;
}

/** Passes on to the element what {@link Field} gives its control. */
export function Input({ onInput, ...attributes }: InputProps) {
  return (
    <input
      type="text"
      autocomplete="off"
      {...attributes}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}
