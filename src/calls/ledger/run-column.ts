import type { Selectable } from 'kysely';
import type { RunsTable } from '../../database/schema.js';
import type { Codec } from './codecs.js';

type Row = Selectable<RunsTable>;

/** Whether a field is told to the user of the run; see `ShownRun`. */
export const SHOWN = true;

/**
 * When a column is written: `counted` by the store; `lasting` once, with the
 * run; `personal` once, and emptied when the call is erased; `changing` with
 * every change of the run.
 */
export type ColumnKind = 'counted' | 'lasting' | 'personal' | 'changing';

/** One field of a run and the column that keeps it. `Given`: whoever makes a run says its value. */
export interface RunColumn<Value, Shown extends boolean, Given extends boolean> {
  readonly name: keyof Row;
  readonly kind: ColumnKind;
  // Methods, so that columns of all types fit into one list.
  toRow(value: Value): unknown;
  fromRow(stored: unknown): Value;
  readonly shown: Shown;
  readonly given: Given;
  /** The value of a new run, where its maker does not give it. */
  initial(now: Date): Value;
}

function column<Name extends keyof Row, Value, Shown extends boolean, Given extends boolean>(
  kind: ColumnKind,
  name: Name,
  codec: Codec<Row[Name], Value>,
  shown: Shown,
  given: Given,
  initial: (now: Date) => Value = () => {
    throw new Error(`a new run has no ${name}`);
  },
): RunColumn<Value, Shown, Given> {
  const fromRow = (stored: unknown) => codec.fromRow(stored as Row[Name]);
  return { name, kind, toRow: codec.toRow, fromRow, shown, given, initial };
}

/** The store counts it up. */
export function counted<Name extends keyof Row, Value>(name: Name, codec: Codec<Row[Name], Value>) {
  return column('counted', name, codec, true, false);
}

/** The same from a run's first day to its last. */
export function lasting<Name extends keyof Row, Value, Shown extends boolean = false>(
  name: Name,
  codec: Codec<Row[Name], Value>,
  shown: Shown = false as Shown,
) {
  return column('lasting', name, codec, shown, true);
}

/** Changes only when a call is erased. */
export function personal<Name extends keyof Row, Value>(
  name: Name,
  codec: Codec<Row[Name], Value>,
) {
  return column('personal', name, codec, true, true);
}

/** May be known when the run is made, or be found out later. */
export function adopted<Name extends keyof Row, Value, Shown extends boolean = false>(
  name: Name,
  codec: Codec<Row[Name], Value>,
  shown: Shown = false as Shown,
) {
  return column('changing', name, codec, shown, true);
}

/** @param initial of a new run */
export function changing<Name extends keyof Row, Value, Shown extends boolean = false>(
  name: Name,
  codec: Codec<Row[Name], Value>,
  initial: Value,
  shown: Shown = false as Shown,
) {
  return column('changing', name, codec, shown, false, () => initial);
}

/** The time at which the run was made, or is changed. */
export function stamped<Name extends keyof Row, Shown extends boolean = false>(
  kind: 'lasting' | 'changing',
  name: Name,
  codec: Codec<Row[Name], Date>,
  shown: Shown = false as Shown,
) {
  return column(kind, name, codec, shown, false, (now) => now);
}
