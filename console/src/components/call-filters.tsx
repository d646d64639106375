import { useEffect, useState } from 'preact/hooks';
import type { Workflow } from '../api/types.js';
import { ALL_STATUSES, statusWords } from '../words/statuses.js';
import { isEverything, isWholeParty, type Filters } from '../words/filters.js';
import { Field } from './field.js';

/** While somebody types, nothing is asked. */
const TYPING_MS = 400;

interface CallFiltersProps {
  filters: Filters;
  workflows: readonly Workflow[];
  onChange: (filters: Filters) => void;
}

export function CallFilters({ filters, workflows, onChange }: CallFiltersProps) {
  const set = (name: keyof Filters, value: string): void => onChange({ ...filters, [name]: value });
  return (
    <form
      class="filters"
      role="search"
      aria-label="Calls"
      onSubmit={(event) => event.preventDefault()}
    >
      <Field label="Status" id="f-status">
        <select
          id="f-status"
          value={filters.status}
          onChange={(event) => set('status', event.currentTarget.value)}
        >
          <option value="">any</option>
          {ALL_STATUSES.map((status) => (
            <option key={status} value={status}>
              {statusWords(status).text}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Direction" id="f-direction">
        <select
          id="f-direction"
          value={filters.direction}
          onChange={(event) => set('direction', event.currentTarget.value)}
        >
          <option value="">both</option>
          <option value="inbound">inbound</option>
          <option value="outbound">outbound</option>
        </select>
      </Field>
      <Field label="Workflow" id="f-workflow">
        <select
          id="f-workflow"
          value={filters.workflow_id}
          onChange={(event) => set('workflow_id', event.currentTarget.value)}
        >
          <option value="">any</option>
          {workflows.map(({ workflow_id: id, name }) => (
            <option key={id} value={String(id)}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <NumberFilter value={filters.number} onChange={(value) => set('number', value)} />
      <Field label="From day" id="f-from">
        <input
          id="f-from"
          type="date"
          value={filters.from_day}
          onChange={(event) => set('from_day', event.currentTarget.value)}
        />
      </Field>
      <Field label="To day" id="f-to">
        <input
          id="f-to"
          type="date"
          value={filters.to_day}
          onChange={(event) => set('to_day', event.currentTarget.value)}
        />
      </Field>
      {isEverything(filters) ? null : (
        <button
          type="button"
          class="plain"
          onClick={() =>
            onChange({
              status: '',
              direction: '',
              workflow_id: '',
              number: '',
              from_day: '',
              to_day: '',
            })
          }
        >
          Show all
        </button>
      )}
    </form>
  );
}

function NumberFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value || (typed !== '' && !isWholeParty(typed))) return undefined;
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <Field label="Number, either side" id="f-number">
      <input
        id="f-number"
        placeholder="+12025550143"
        autocomplete="off"
        maxLength={250}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </Field>
  );
}
