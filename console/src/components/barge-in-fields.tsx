import type { Workflow } from '../api/types.js';
import { m } from '../messages/all.js';
import { Field, Tick } from './field.js';

export type BargeInChoice = Pick<Workflow, 'barge_in' | 'barge_in_sensitivity' | 'barge_in_echo'>;

interface BargeInFieldsProps {
  labels: Record<keyof BargeInChoice, string>;
  value: BargeInChoice;
  onChange: (value: BargeInChoice) => void;
}

const SENSITIVITIES = { low: m.workflows.low, normal: m.workflows.normal, high: m.workflows.high };
const ECHOES = { auto: m.workflows.mayBeHeard, off: m.workflows.isSurelyCancelled };

/** Whether the caller may talk over the agent, and if so, how. */
export function BargeInFields({ labels, value, onChange }: BargeInFieldsProps) {
  return (
    <>
      <Tick
        label={labels.barge_in}
        id="barge-in"
        name="barge_in"
        checked={value.barge_in}
        onChange={(allowed) => onChange({ ...value, barge_in: allowed })}
      />
      {value.barge_in ? (
        <>
          <Choice
            label={labels.barge_in_sensitivity}
            name="barge_in_sensitivity"
            hint={m.workflows.lowOnlyLoudLongerSpeech}
            choices={SENSITIVITIES}
            value={value.barge_in_sensitivity}
            onChange={(chosen) => onChange({ ...value, barge_in_sensitivity: chosen })}
          />
          <Choice
            label={labels.barge_in_echo}
            name="barge_in_echo"
            hint={m.workflows.anAgentThatHearsItself}
            choices={ECHOES}
            value={value.barge_in_echo}
            onChange={(chosen) => onChange({ ...value, barge_in_echo: chosen })}
          />
        </>
      ) : null}
    </>
  );
}

interface ChoiceProps<Word extends string> {
  label: string;
  name: string;
  hint: string;
  choices: Record<Word, string>;
  value: Word;
  onChange: (value: Word) => void;
}

/** One of a few words. */
function Choice<Word extends string>({
  label,
  name,
  hint,
  choices,
  value,
  onChange,
}: ChoiceProps<Word>) {
  return (
    <Field label={label} id={name} name={name} hint={hint}>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as Word)}>
        {Object.entries<string>(choices).map(([word, words]) => (
          <option key={word} value={word}>
            {words}
          </option>
        ))}
      </select>
    </Field>
  );
}
