import type { ComponentChildren } from 'preact';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { inSentence } from '../messages/in-sentence.js';
import { addWords, entryName, valuesOf, type OptionField } from '../words/options-form.js';
import type { OptionRow, OptionRows } from '../words/option-values.js';
import { Group } from './group.js';
import { Rows } from './rows.js';

interface EntryFieldsProps {
  label: string;
  id: string;
  name: string;
  hint: ComponentChildren;
  field: OptionField;
  value: OptionRows;
  onChange: (value: OptionRows) => void;
  /** The controls of one entry. */
  draw: (row: OptionRow, index: number, change: (row: OptionRow) => void) => ComponentChildren;
}

/** A list of objects, such as an agent's tools: a group of controls for each. */
export function EntryFields({ field, value, onChange, draw, ...group }: EntryFieldsProps) {
  const entry = entryName(field);
  return (
    <Group {...group}>
      <Rows
        rows={value.rows}
        max={field.schema.maxItems ?? Infinity}
        add={addWords(entry)}
        fresh={{ values: valuesOf(field.fields, {}), others: {} }}
        remove={(index) =>
          fill(m.options.removeEntry, { entry: inSentence(entry), index: index + 1 })
        }
        onChange={(rows) => onChange({ ...value, rows })}
        draw={(row, index, change) => (
          <Group label={`${entry} ${index + 1}`} id={`${group.id}-${index}`}>
            {draw(row, index, change)}
          </Group>
        )}
      />
    </Group>
  );
}
