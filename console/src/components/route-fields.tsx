import { useLayoutEffect, useRef } from 'preact/hooks';
import { useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { fieldName, labelsOf, movedUp, NEW_ROUTE, type RouteRow } from '../words/routes-form.js';
import { Field } from './field.js';

/** As many as the API takes. */
const ROUTES_MAX = 20;

/** The accounts of the service, as its health report lists them. */
interface Health {
  carriers: ReadonlyArray<{ account?: string }>;
}

interface RouteFieldsProps {
  rows: readonly RouteRow[];
  onChange: (rows: RouteRow[]) => void;
}

/** Which accounts dial a workflow's calls, one row for each route. */
export function RouteFields({ rows, onChange }: RouteFieldsProps) {
  const { data } = useLoad<Health>('health/ready');
  const list = useRef<HTMLOListElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  /** The row that gets the focus when it is drawn; null: none. */
  const focused = useRef<number | null>(null);
  // Before anything is typed.
  useLayoutEffect(() => {
    if (focused.current === null) return;
    const inputs = list.current?.querySelectorAll<HTMLInputElement>('input[list]');
    (inputs?.[Math.min(focused.current, inputs.length - 1)] ?? add.current)?.focus();
    focused.current = null;
  }, [rows]);
  const change = (next: RouteRow[], focus: number): void => {
    focused.current = focus;
    onChange(next);
  };
  return (
    <fieldset>
      <legend>{m.workflows.routes}</legend>
      <p class="hint">{m.workflows.whichAccountDialsWhereA}</p>
      <datalist id="accounts">
        {data?.carriers.map(({ account }) =>
          account ? (
            <option key={account} value={account}>
              {account}
            </option>
          ) : null,
        )}
      </datalist>
      <ol ref={list} class="routes" hidden={rows.length === 0}>
        {rows.map((row, index) => (
          <li key={index}>
            <RouteInputs
              rows={rows}
              index={index}
              onInput={(field, value) => onChange(rows.with(index, { ...row, [field]: value }))}
            />
            <div class="actions">
              <button
                type="button"
                class="plain"
                aria-label={fill(m.workflows.moveUpRoute, { index: index + 1 })}
                disabled={index === 0}
                onClick={() => change(movedUp(rows, index), index - 1)}
              >
                {m.workflows.moveUp}
              </button>
              <button
                type="button"
                class="plain"
                aria-label={fill(m.workflows.removeRoute, { index: index + 1 })}
                onClick={() => change(rows.toSpliced(index, 1), index)}
              >
                {m.workflows.remove}
              </button>
            </div>
          </li>
        ))}
      </ol>
      <div class="actions">
        <button
          ref={add}
          type="button"
          class="plain"
          disabled={rows.length >= ROUTES_MAX}
          onClick={() => change([...rows, NEW_ROUTE], rows.length)}
        >
          {m.workflows.addARoute}
        </button>
      </div>
    </fieldset>
  );
}

interface RouteInputsProps {
  rows: readonly RouteRow[];
  index: number;
  onInput: (field: keyof RouteRow, value: string) => void;
}

function RouteInputs({ rows, index, onInput }: RouteInputsProps) {
  const row = rows[index] ?? NEW_ROUTE;
  const labels = labelsOf(index);
  const common = (field: keyof RouteRow) => ({
    label: labels[field],
    id: `route-${index}-${field}`,
    name: fieldName(rows, index, field),
  });
  const input = (field: keyof RouteRow) => ({
    autocomplete: 'off',
    value: row[field],
    onInput: (event: { currentTarget: { value: string } }): void =>
      onInput(field, event.currentTarget.value),
  });
  return (
    <>
      <Field {...common('account')}>
        <input required list="accounts" maxLength={40} {...input('account')} />
      </Field>
      <Field {...common('from')} hint={m.workflows.oneOfTheAccountsLeft}>
        <input type="tel" maxLength={20} {...input('from')} />
      </Field>
      <Field {...common('prefixes')} hint={m.workflows.whatTheyBeginWithSuch}>
        <input {...input('prefixes')} />
      </Field>
    </>
  );
}
