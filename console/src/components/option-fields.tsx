import type { OptionField, OptionValues } from '../words/options-form.js';
import { Field } from './field.js';

interface OptionFieldsProps {
  fields: readonly OptionField[];
  values: OptionValues;
  /** A workflow that exists may have secrets that are not shown. */
  saved: boolean;
  onChange: (name: string, value: string | boolean) => void;
}

/** One control for each option of an agent, as its schema says. */
export function OptionFields({ fields, values, saved, onChange }: OptionFieldsProps) {
  return (
    <>
      {fields.map((field) => (
        <Option
          key={field.name}
          field={field}
          saved={saved}
          value={values[field.name] ?? ''}
          onChange={(value) => onChange(field.name, value)}
        />
      ))}
    </>
  );
}

interface OptionProps {
  field: OptionField;
  value: string | boolean;
  saved: boolean;
  onChange: (value: string | boolean) => void;
}

function Option({ field, value, saved, onChange }: OptionProps) {
  const { name, kind } = field;
  const id = `option-${name}`;
  const label = name.replaceAll('_', ' ');
  const secretHint = kind === 'secret' && saved ? ' Not shown; left empty, it stays as it is.' : '';
  const hint = `${field.hint}${kind === 'json' ? ' JSON.' : ''}${secretHint}`.trim();
  const common = {
    id,
    'aria-describedby': hint ? `${id}-hint` : undefined,
    required: field.required && !(kind === 'secret' && saved),
  };
  return kind === 'boolean' ? (
    <TickField id={id} label={label} hint={hint} checked={value === true} onChange={onChange} />
  ) : (
    <Field label={label} id={id} hint={hint}>
      <Control field={field} common={common} value={String(value)} onChange={onChange} />
    </Field>
  );
}

interface ControlProps {
  field: OptionField;
  common: { id: string; 'aria-describedby': string | undefined; required: boolean };
  value: string;
  onChange: (value: string) => void;
}

function Control({ field: { kind, choices, schema }, common, value, onChange }: ControlProps) {
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
    case 'text':
      return <textarea {...text} rows={4} />;
    case 'line':
    case 'boolean':
      return <input {...text} autocomplete="off" />;
    default:
      return kind satisfies never;
  }
}

interface TickFieldProps {
  id: string;
  label: string;
  hint: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function TickField({ id, label, hint, checked, onChange }: TickFieldProps) {
  return (
    <div class="field">
      <label class="tick">
        <input
          id={id}
          type="checkbox"
          aria-describedby={hint ? `${id}-hint` : undefined}
          checked={checked}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        {label}
      </label>
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}
