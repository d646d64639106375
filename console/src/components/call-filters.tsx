import { useEffect, useState } from 'preact/hooks';
import type { Workflow } from '../api/types.js';
import { m } from '../messages/first.js';
import { ALL_STATUSES, statusWords } from '../words/statuses.js';
import { END_CHOICES, WENT_WRONG } from '../words/end-reasons.js';
import { EVERYTHING, isEverything, isWholeParty, SPANS, type Filters } from '../words/filters.js';
import { Field } from './field.js';

/** The pause in typing after which the list is requested. */
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
      aria-label={m.calls.calls}
      onSubmit={(event) => event.preventDefault()}
    >
      <Field label={m.calls.status} id="f-status">
        <select
          value={filters.status}
          onChange={(event) => set('status', event.currentTarget.value)}
        >
          <option value="">{m.calls.any}</option>
          {ALL_STATUSES.map((status) => (
            <option key={status} value={status}>
              {statusWords(status).text}
            </option>
          ))}
        </select>
      </Field>
      <Field label={m.calls.whyItEnded} id="f-reason">
        <select
          value={filters.end_reason}
          onChange={(event) => set('end_reason', event.currentTarget.value)}
        >
          <option value="">{m.calls.any}</option>
          <option value={WENT_WRONG}>{m.calls.somethingWentWrong}</option>
          {isChoice(filters.end_reason) ? null : (
            <option value={filters.end_reason}>{filters.end_reason.replaceAll('_', ' ')}</option>
          )}
          {END_CHOICES.map(([reason, short]) => (
            <option key={reason} value={reason}>
              {short}
            </option>
          ))}
        </select>
      </Field>
      <Field label={m.calls.direction} id="f-direction">
        <select
          value={filters.direction}
          onChange={(event) => set('direction', event.currentTarget.value)}
        >
          <option value="">{m.calls.both}</option>
          <option value="inbound">{m.calls.inbound}</option>
          <option value="outbound">{m.calls.outbound}</option>
        </select>
      </Field>
      <Field label={m.common.workflow} id="f-workflow">
        <select
          value={filters.workflow_id}
          onChange={(event) => set('workflow_id', event.currentTarget.value)}
        >
          <option value="">{m.calls.any}</option>
          {workflows.map(({ workflow_id: id, name }) => (
            <option key={id} value={String(id)}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <NumberFilter value={filters.number} onChange={(value) => set('number', value)} />
      <WordsFilter value={filters.q} onChange={(value) => set('q', value)} />
      <Field label={m.calls.within} id="f-hours">
        <select value={filters.hours} onChange={(event) => set('hours', event.currentTarget.value)}>
          <option value="">{m.calls.anyTime}</option>
          {SPANS.map(([hours, text]) => (
            <option key={hours} value={hours}>
              {text}
            </option>
          ))}
        </select>
      </Field>
      <Field label={m.calls.fromDay} id="f-from">
        <input
          type="date"
          value={filters.from_day}
          onChange={(event) => set('from_day', event.currentTarget.value)}
        />
      </Field>
      <Field label={m.calls.toDay} id="f-to">
        <input
          type="date"
          value={filters.to_day}
          onChange={(event) => set('to_day', event.currentTarget.value)}
        />
      </Field>
      {isEverything(filters) ? null : (
        <button type="button" class="plain" onClick={() => onChange(EVERYTHING)}>
          {m.calls.showAll}
        </button>
      )}
    </form>
  );
}

/** Whether the select has this choice; the address may name others. */
function isChoice(reason: string): boolean {
  return ['', WENT_WRONG].includes(reason) || END_CHOICES.some(([one]) => one === reason);
}

function WordsFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return undefined;
    const timer = setTimeout(() => onChange(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <Field label={m.calls.wordsThatWereSaid} id="f-words">
      <input
        type="search"
        autocomplete="off"
        maxLength={200}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </Field>
  );
}

function NumberFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [partial, setPartial] = useState(false);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    setPartial(false);
    if (typed === value) return undefined;
    const isWhole = typed === '' || isWholeParty(typed);
    const timer = setTimeout(() => (isWhole ? onChange(typed) : setPartial(true)), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <Field
      label={m.calls.numberEitherSide}
      id="f-number"
      hint={partial ? m.calls.itMustBeWholeWith : undefined}
    >
      <input
        placeholder="+12025550143"
        autocomplete="off"
        maxLength={250}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </Field>
  );
}
