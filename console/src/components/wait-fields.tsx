import { m } from '../messages/all.js';
import { WAIT_CHOICES, type WaitChoice, type WaitValues } from '../words/wait-form.js';
import { Field } from './field.js';
import { SoundNames } from './sound-names.js';

/** `on_wait` of a workflow. */
export function WaitFields({
  label,
  values,
  onChange,
}: {
  label: string;
  values: WaitValues;
  onChange: (values: WaitValues) => void;
}) {
  const { choice, sentence, sound } = values;
  return (
    <>
      <Field
        label={label}
        id="on-wait"
        name="on_wait"
        hint={m.workflows.afterThreeSecondsOfSilence}
      >
        <select
          value={choice}
          onChange={(event) =>
            onChange({ ...values, choice: event.currentTarget.value as WaitChoice })
          }
        >
          {Object.entries(WAIT_CHOICES).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </Field>
      {choice === 'sentence' ? (
        <Field
          label={m.workflows.wordsForWhoWaits}
          id="wait-sentence"
          hint={m.workflows.whereTheAgentCanSay}
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
        <Field
          label={m.workflows.soundForWhoWaits}
          id="wait-sound"
          hint={m.workflows.oneOfYourSoundsOr}
        >
          <input
            required
            maxLength={200}
            autocomplete="off"
            list="wait-sounds"
            value={sound}
            onInput={(event) => onChange({ ...values, sound: event.currentTarget.value })}
          />
        </Field>
      ) : null}
      {choice === 'sound' ? <SoundNames id="wait-sounds" others={[]} /> : null}
    </>
  );
}
