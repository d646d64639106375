import type { ComponentChildren } from 'preact';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
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
        add={m.options.addAnArgument}
        fresh={NEW_PARAMETER}
        remove={(index) => fill(m.options.removeArgument, { index: index + 1 })}
        onChange={(rows) => onChange({ ...value, rows })}
        draw={(row, index, change) => (
          <Group label={fill(m.options.argument, { index: index + 1 })} id={`${group.id}-${index}`}>
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
        <Field label={m.common.name} id={`${id}-name`}>
          <input required autocomplete="off" {...text('name')} />
        </Field>
        <Field label={m.options.kind} id={`${id}-kind`}>
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
        <Field
          label={m.options.wordsToChooseFrom}
          id={`${id}-choices`}
          hint={m.options.oneOnEachLine}
        >
          <textarea required rows={3} {...text('choices')} />
        </Field>
      ) : null}
      <Field label={m.options.whatItIs} id={`${id}-description`} hint={m.options.forTheModel}>
        <input autocomplete="off" {...text('description')} />
      </Field>
      <Tick
        label={m.options.theModelMustGiveIt}
        id={`${id}-required`}
        checked={required === true}
        onChange={(on) => set('required', on)}
      />
    </>
  );
}
