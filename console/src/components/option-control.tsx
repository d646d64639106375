import type { OptionField, OptionKind } from '../words/options-form.js';
import { SoundNames } from './sound-names.js';

interface ControlProps {
  /** Of a single control. */
  kind: Exclude<OptionKind, 'boolean' | 'entries' | 'pairs' | 'parameters'>;
  field: OptionField;
  required: boolean;
  value: string;
  onChange: (value: string) => void;
  /** Given by the field around it. */
  id?: string;
}

/** The control of one option. It passes on to the element what {@link Field} gives it. */
export function OptionControl({
  kind,
  field: { choices, schema },
  value,
  onChange,
  ...common
}: ControlProps) {
  const onInput = (event: { currentTarget: { value: string } }): void =>
    onChange(event.currentTarget.value);
  const text = { ...common, value, onInput, maxLength: schema.maxLength };
  switch (kind) {
    case 'choice':
      return (
        <select {...common} value={value} onChange={onInput}>
          <option value="">–</option>
          {choices.map((choice) => (
            <option key={choice.text} value={choice.text}>
              {choice.title}
            </option>
          ))}
        </select>
      );
    case 'number':
      return (
        <input
          {...common}
          type="number"
          min={schema.minimum}
          max={schema.maximum}
          step={schema.type === 'integer' ? 1 : 'any'}
          value={value}
          onInput={onInput}
        />
      );
    case 'secret':
      return <input {...text} type="password" autocomplete="new-password" />;
    case 'json':
      return <textarea {...text} class="code" rows={6} />;
    case 'list':
      return <textarea {...text} rows={3} />;
    case 'text':
      return <textarea {...text} rows={4} />;
    case 'sound':
      return (
        <>
          <input {...text} autocomplete="off" list={`${common.id}-choices`} />
          <SoundNames id={`${common.id}-choices`} others={choices.map((choice) => choice.text)} />
        </>
      );
    case 'line':
      return choices.length === 0 ? (
        <input {...text} autocomplete="off" />
      ) : (
        <>
          <input {...text} autocomplete="off" list={`${common.id}-choices`} />
          <datalist id={`${common.id}-choices`}>
            {choices.map(({ text: suggestion }) => (
              <option key={suggestion} value={suggestion}>
                {suggestion}
              </option>
            ))}
          </datalist>
        </>
      );
    default:
      return kind satisfies never;
  }
}
