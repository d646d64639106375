import type { ComponentChildren } from 'preact';
import { m } from '../messages/all.js';
import type { OptionField } from '../words/options-form.js';
import { rowsIn, textIn, type OptionValue, type OptionValues } from '../words/option-values.js';
import { withCode } from './check-item.js';
import { Field, Tick } from './field.js';
import { EntryFields } from './entry-fields.js';
import { OptionControl } from './option-control.js';
import { PairFields } from './pair-fields.js';
import { ParameterFields } from './parameter-fields.js';

interface OptionFieldsProps {
  fields: readonly OptionField[];
  values: OptionValues;
  /** The member of the request that holds them; by default an agent's options. */
  part?: string;
  /** True for a workflow or an account that exists, which may have secrets that are not shown. */
  saved: boolean;
  onChange: (name: string, value: OptionValue) => void;
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
  json: 'JSON.',
  list: m.options.oneOnEachLine,
};

/** Names between backticks as code; null: there is nothing to say. */
function noteOf(hint: string): ComponentChildren {
  return hint === '' ? null : withCode(hint);
}

interface OptionProps {
  field: OptionField;
  part: string;
  value: OptionValue;
  saved: boolean;
  onChange: (value: OptionValue) => void;
}

function Option({ field, part, value, saved, onChange }: OptionProps) {
  const { name, label, kind } = field;
  const hidden = kind === 'secret' && saved;
  const notShown = hidden ? m.options.notShownLeftEmptyIt : '';
  const hint = [field.hint, FORM_HINTS[kind], notShown].filter(Boolean).join(' ');
  const common = {
    label,
    id: `${part}-${name}`,
    name: `${part}.${name}`,
    hint: noteOf(hint),
  };
  switch (kind) {
    case 'boolean':
      return <Tick {...common} checked={value === true} onChange={onChange} />;
    case 'entries':
      return (
        <EntryFields
          {...common}
          field={field}
          value={rowsIn(value)}
          onChange={onChange}
          draw={(row, index, change) => (
            <OptionFields
              fields={field.fields}
              values={row.values}
              part={`${common.name}.${index}`}
              saved={false}
              onChange={(member, changed) =>
                change({ ...row, values: { ...row.values, [member]: changed } })
              }
            />
          )}
        />
      );
    case 'pairs':
      return <PairFields {...common} field={field} value={rowsIn(value)} onChange={onChange} />;
    case 'parameters':
      return <ParameterFields {...common} value={rowsIn(value)} onChange={onChange} />;
    case 'line':
    case 'sound':
    case 'text':
    case 'secret':
    case 'number':
    case 'choice':
    case 'list':
    case 'json':
      return (
        <Field {...common}>
          <OptionControl
            kind={kind}
            field={field}
            required={field.required && !hidden}
            value={textIn(value)}
            onChange={onChange}
          />
        </Field>
      );
    default:
      return kind satisfies never;
  }
}
