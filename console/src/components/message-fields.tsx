import { m } from '../messages/all.js';
import type { MessageValues } from '../words/message-values.js';
import { Field } from './field.js';
import { SoundNames } from './sound-names.js';

interface MessageFieldsProps<Choice extends string> {
  label: string;
  hint: string;
  /** In the API; that of the controls begins with `id`. */
  name: string;
  id: string;
  choices: Readonly<Record<Choice, string>>;
  sentence: { label: string; hint: string };
  sound: { label: string };
  values: MessageValues<Choice>;
  onChange: (values: MessageValues<Choice>) => void;
}

/** A field of a workflow of which one choice tells a sentence, and one a sound. */
export function MessageFields<Choice extends string>({
  label,
  hint,
  name,
  id,
  choices,
  values,
  onChange,
  ...more
}: MessageFieldsProps<Choice>) {
  const { choice, sentence, sound } = values;
  return (
    <>
      <Field label={label} id={name.replaceAll('_', '-')} name={name} hint={hint}>
        <select
          value={choice}
          onChange={(event) => onChange({ ...values, choice: event.currentTarget.value as Choice })}
        >
          {Object.entries<string>(choices).map(([one, words]) => (
            <option key={one} value={one}>
              {words}
            </option>
          ))}
        </select>
      </Field>
      {choice === 'sentence' ? (
        <Field {...more.sentence} id={`${id}-sentence`}>
          <input
            required
            maxLength={500}
            value={sentence}
            onInput={(event) => onChange({ ...values, sentence: event.currentTarget.value })}
          />
        </Field>
      ) : null}
      {choice === 'sound' ? (
        <>
          <Field {...more.sound} id={`${id}-sound`} hint={m.workflows.oneOfYourSoundsOr}>
            <input
              required
              maxLength={200}
              autocomplete="off"
              list={`${id}-sounds`}
              value={sound}
              onInput={(event) => onChange({ ...values, sound: event.currentTarget.value })}
            />
          </Field>
          <SoundNames id={`${id}-sounds`} others={[]} />
        </>
      ) : null}
    </>
  );
}
