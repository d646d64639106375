import type { OptionField, OptionValues } from '../words/options-form.js';
import { Field, Tick } from './field.js';

interface OptionFieldsProps {
  fields: readonly OptionField[];
  values: OptionValues;
  /** The member of the request that holds them; by default an agent's options. */
  part?: string;
  /** True for a workflow or an account that exists, which may have secrets that are not shown. */
  saved: boolean;
  onChange: (name: string, value: string | boolean) => void;
}

/** One control for each option, by its schema. */
export function OptionFields({
  fields,
  values,
  part = 'agent_options',
  saved,
  onChange,
}: OptionFieldsProps) {
  return (
    <>
      {fields.map((field) => (
        <Option
          key={field.name}
          field={field}
          part={part}
          saved={saved}
          value={values[field.name] ?? ''}
          onChange={(value) => onChange(field.name, value)}
        />
      ))}
    </>
  );
}

const FORM_HINTS: Partial<Record<OptionField['kind'], string>> = {
  json: ' JSON.',
  list: ' One on each line.',
};

interface OptionProps {
  field: OptionField;
  part: string;
  value: string | boolean;
  saved: boolean;
  onChange: (value: string | boolean) => void;
}

function Option({ field, part, value, saved, onChange }: OptionProps) {
  const { name, label, kind } = field;
  const hidden = kind === 'secret' && saved;
  const hint = `${field.hint}${FORM_HINTS[kind] ?? ''}${hidden ? ' Not shown; left empty, it stays as it is.' : ''}`;
  const common = { label, id: `${part}-${name}`, name: `${part}.${name}`, hint: hint.trim() };
  return kind === 'boolean' ? (
    <Tick {...common} checked={value === true} onChange={onChange} />
  ) : (
    <Field {...common}>
      <Control
        field={field}
        required={field.required && !hidden}
        value={String(value)}
        onChange={onChange}
      />
    </Field>
  );
}

interface ControlProps {
  field: OptionField;
  required: boolean;
  value: string;
  onChange: (value: string) => void;
}

/** Passes on to the element what {@link Field} gives its control. */
function Control({ field: { kind, choices, schema }, value, onChange, ...common }: ControlProps) {
  const onInput = (event: { currentTarget: { value: string } }): void =>
    onChange(event.currentTarget.value);
  const text = { ...common, value, onInput, maxLength: schema.maxLength };
  switch (kind) {
    case 'choice':
      return (
        <select {...common} value={value} onChange={onInput}>
          <option value="">–</option>
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
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
    case 'line':
    case 'boolean':
      return <input {...text} autocomplete="off" />;
    default:
      return kind satisfies never;
  }
}
