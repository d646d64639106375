import type { Selectable } from 'kysely';
import type { RunsTable } from '../../database/schema.js';
import type { Codec } from './codecs.js';

type Row = Selectable<RunsTable>;

/** Whether a field is shown to the user of the run; see `ShownRun`. */
export const SHOWN = true;

/**
 * When a column is written: `counted` is counted up by the store; `lasting` is
 * written once, with the run; `personal` is written once, and emptied when the
 * call is erased; `routed` is written with the run, and again when another account
 * is to dial it; `passed` is written with the run, and again when another workflow goes on with the
 * call; `changing` is written with every change of the run.
 */
export type ColumnKind = 'counted' | 'lasting' | 'personal' | 'routed' | 'passed' | 'changing';

/**
 * Whether a field's value is given when a run is made: always, never, or only where
 * there is one.
 */
export type Given = boolean | 'perhaps';

/** One field of a run and the column that keeps it. */
export interface RunColumn<Value, Shown extends boolean, G extends Given> {
  readonly name: keyof Row;
  readonly kind: ColumnKind;
  // These are methods, so that columns of all types fit into one list.
  toRow(value: Value): unknown;
  fromRow(stored: unknown): Value;
  readonly shown: Shown;
  readonly given: G;
  /** The value in a new run, where none is given. */
  initial(now: Date): Value;
}

function column<Name extends keyof Row, Value, Shown extends boolean, G extends Given>(
  kind: ColumnKind,
  name: Name,
  codec: Codec<Row[Name], Value>,
  shown: Shown,
  given: G,
  initial: (now: Date) => Value = () => {
    throw new Error(`a new run has no ${name}`);
  },
): RunColumn<Value, Shown, G> {
  const { toRow } = codec;
  const fromRow = codec.fromRow as (stored: unknown) => Value;
  return { name, kind, toRow, fromRow, shown, given, initial };
}

/** A column that the store counts up. */
export function counted<Name extends keyof Row, Value>(name: Name, codec: Codec<Row[Name], Value>) {
  return column('counted', name, codec, true, false);
}

/** A column that keeps its value for the whole life of a run. */
export function lasting<Name extends keyof Row, Value, Shown extends boolean = false>(
  name: Name,
  codec: Codec<Row[Name], Value>,
  shown: Shown = false as Shown,
) {
  return column('lasting', name, codec, shown, true);
}

/** As {@link lasting}; null where no value is given when the run is made. */
export function offered<Name extends keyof Row, Value, Shown extends boolean = false>(
  name: Name,
  codec: Codec<Row[Name], Value | null>,
  shown: Shown = false as Shown,
) {
  return column('lasting', name, codec, shown, 'perhaps' as const, () => null);
}

/** A column that changes only when a call is erased. */
export function personal<Name extends keyof Row, Value>(
  name: Name,
  codec: Codec<Row[Name], Value>,
) {
  return column('personal', name, codec, true, true);
}

/** A column that says which account dials the call, or follows from it. */
export function routed<Name extends keyof Row, Value, Shown extends boolean = false>(
  name: Name,
  codec: Codec<Row[Name], Value>,
  shown: Shown = false as Shown,
) {
  return column('routed', name, codec, shown, true);
}

/** As {@link routed}; null where no value is given when the run is made. */
export function routedPerhaps<Name extends keyof Row, Value>(
  name: Name,
  codec: Codec<Row[Name], Value | null>,
) {
  return column('routed', name, codec, false, 'perhaps' as const, () => null);
}

/** A column that follows from the workflow that has the call. */
export function passed<Name extends keyof Row, Value>(name: Name, codec: Codec<Row[Name], Value>) {
  return column('passed', name, codec, false, true);
}

/** As {@link passed}; null where no value is given when the run is made. */
export function passedPerhaps<Name extends keyof Row, Value>(
  name: Name,
  codec: Codec<Row[Name], Value | null>,
) {
  return column('passed', name, codec, false, 'perhaps' as const, () => null);
}

/** A column whose value may be known when the run is made, or become known later. */
export function adopted<Name extends keyof Row, Value, Shown extends boolean = false>(
  name: Name,
  codec: Codec<Row[Name], Value>,
  shown: Shown = false as Shown,
) {
  return column('changing', name, codec, shown, true);
}

/** @param initial the value in a new run */
export function changing<Name extends keyof Row, Value, Shown extends boolean = false>(
  name: Name,
  codec: Codec<Row[Name], Value>,
  initial: Value,
  shown: Shown = false as Shown,
) {
  return column('changing', name, codec, shown, false, () => initial);
}

/** A column with the time at which the run was made, or last changed. */
export function stamped<Name extends keyof Row, Shown extends boolean = false>(
  kind: 'lasting' | 'changing',
  name: Name,
  codec: Codec<Row[Name], Date>,
  shown: Shown = false as Shown,
) {
  return column(kind, name, codec, shown, false, (now) => now);
}
