import type { ComponentChildren } from 'preact';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import type { OptionField } from '../words/options-form.js';
import { textIn, type OptionRows } from '../words/option-values.js';
import { Field } from './field.js';
import { Group } from './group.js';
import { Rows } from './rows.js';

interface PairFieldsProps {
  label: string;
  id: string;
  name: string;
  hint: ComponentChildren;
  field: OptionField;
  value: OptionRows;
  onChange: (value: OptionRows) => void;
}

/** Texts by names, such as a bot's parameters: a row for each. */
export function PairFields({ field, value, onChange, ...group }: PairFieldsProps) {
  const values = field.schema.additionalProperties;
  const max = typeof values === 'object' ? values.maxLength : undefined;
  return (
    <Group {...group}>
      <Rows
        rows={value.rows}
        max={field.schema.maxProperties ?? Infinity}
        add={m.options.addALine}
        fresh={{ values: { name: '', value: '' }, others: {} }}
        remove={(index) => fill(m.options.removeLineOf, { index: index + 1, label: field.label })}
        onChange={(rows) => onChange({ ...value, rows })}
        draw={(row, index, change) => {
          const text = (member: 'name' | 'value') => ({
            autocomplete: 'off',
            value: textIn(row.values[member]),
            onInput: (event: { currentTarget: { value: string } }): void =>
              change({ ...row, values: { ...row.values, [member]: event.currentTarget.value } }),
          });
          return (
            <>
              <Field
                label={fill(m.options.name, { index: index + 1 })}
                id={`${group.id}-${index}-name`}
              >
                <input required {...text('name')} />
              </Field>
              <Field
                label={fill(m.options.value, { index: index + 1 })}
                id={`${group.id}-${index}-value`}
              >
                <input maxLength={max} {...text('value')} />
              </Field>
            </>
          );
        }}
      />
    </Group>
  );
}
