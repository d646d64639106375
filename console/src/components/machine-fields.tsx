import { m } from '../messages/all.js';
import { MACHINE_CHOICES, type MachineChoice, type MachineValues } from '../words/machine-form.js';
import { Field } from './field.js';
import { SoundNames } from './sound-names.js';

/** `on_machine` of a workflow. */
export function MachineFields({
  label,
  values,
  onChange,
}: {
  label: string;
  values: MachineValues;
  onChange: (values: MachineValues) => void;
}) {
  const { choice, sentence, sound } = values;
  return (
    <>
      <Field
        label={label}
        id="on-machine"
        name="on_machine"
        hint={m.workflows.inCallsThatArePlaced}
      >
        <select
          value={choice}
          onChange={(event) =>
            onChange({ ...values, choice: event.currentTarget.value as MachineChoice })
          }
        >
          {Object.entries(MACHINE_CHOICES).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </Field>
      {choice === 'sentence' ? (
        <Field
          label={m.workflows.theSentence}
          id="machine-sentence"
          hint={m.workflows.whereTheCarrierCanSay}
        >
          <input
            required
            maxLength={500}
            value={sentence}
            onInput={(event) => onChange({ ...values, sentence: event.currentTarget.value })}
          />
        </Field>
      ) : null}
      {choice === 'sound' ? (
        <Field label={m.workflows.theSound} id="machine-sound" hint={m.workflows.oneOfYourSoundsOr}>
          <input
            required
            maxLength={200}
            autocomplete="off"
            list="machine-sounds"
            value={sound}
            onInput={(event) => onChange({ ...values, sound: event.currentTarget.value })}
          />
        </Field>
      ) : null}
      {choice === 'sound' ? <SoundNames id="machine-sounds" others={[]} /> : null}
    </>
  );
}
