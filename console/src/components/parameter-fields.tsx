import type { ComponentChildren } from 'preact';
import { textIn, type OptionRow, type OptionRows } from '../words/option-values.js';
import { NEW_PARAMETER, PARAMETER_KINDS } from '../words/parameters-form.js';
import { Field, Tick } from './field.js';
import { Group } from './group.js';
import { Rows } from './rows.js';

interface ParameterFieldsProps {
  label: string;
  id: string;
  name: string;
  hint: ComponentChildren;
  value: OptionRows;
  onChange: (value: OptionRows) => void;
}

/** What a tool is told when it is used: a group of controls for each argument, in place of a JSON schema. */
export function ParameterFields({ value, onChange, ...group }: ParameterFieldsProps) {
  return (
    <Group {...group}>
      <Rows
        rows={value.rows}
        max={Infinity}
        add="Add an argument"
        fresh={NEW_PARAMETER}
        remove={(index) => `Remove argument ${index + 1}`}
        onChange={(rows) => onChange({ ...value, rows })}
        draw={(row, index, change) => (
          <Group label={`Argument ${index + 1}`} id={`${group.id}-${index}`}>
            <Parameter id={`${group.id}-${index}`} row={row} onChange={change} />
          </Group>
        )}
      />
    </Group>
  );
}

interface ParameterProps {
  id: string;
  row: OptionRow;
  onChange: (row: OptionRow) => void;
}

function Parameter({ id, row, onChange }: ParameterProps) {
  const { kind, required } = row.values;
  const set = (member: string, value: string | boolean): void =>
    onChange({ ...row, values: { ...row.values, [member]: value } });
  const text = (member: string) => ({
    value: textIn(row.values[member]),
    onInput: (event: { currentTarget: { value: string } }): void =>
      set(member, event.currentTarget.value),
  });
  return (
    <>
      <div class="pair">
        <Field label="Name" id={`${id}-name`}>
          <input required autocomplete="off" {...text('name')} />
        </Field>
        <Field label="Kind" id={`${id}-kind`}>
          <select value={textIn(kind)} onChange={(event) => set('kind', event.currentTarget.value)}>
            {Object.entries(PARAMETER_KINDS).map(([word, words]) =>
              // What was written by hand stays as it was, and cannot be chosen anew.
              word === 'other' && kind !== 'other' ? null : (
                <option key={word} value={word}>
                  {words}
                </option>
              ),
            )}
          </select>
        </Field>
      </div>
      {kind === 'choice' ? (
        <Field label="Words to choose from" id={`${id}-choices`} hint="One on each line.">
          <textarea required rows={3} {...text('choices')} />
        </Field>
      ) : null}
      <Field label="What it is" id={`${id}-description`} hint="For the model.">
        <input autocomplete="off" {...text('description')} />
      </Field>
      <Tick
        label="The model must give it"
        id={`${id}-required`}
        checked={required === true}
        onChange={(on) => set('required', on)}
      />
    </>
  );
}
