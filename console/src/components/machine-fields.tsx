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
        hint="In calls that are placed with machine detection. A message begins when the greeting is over; then the call is hung up."
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
        <Field label="The sentence" id="machine-sentence" hint="Where the carrier can say one.">
          <input
            required
            maxLength={500}
            value={sentence}
            onInput={(event) => onChange({ ...values, sentence: event.currentTarget.value })}
          />
        </Field>
      ) : null}
      {choice === 'sound' ? (
        <Field
          label="The sound"
          id="machine-sound"
          hint="One of your sounds, or a WAV file in MEDIA_DIR."
        >
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
