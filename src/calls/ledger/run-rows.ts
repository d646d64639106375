import type { Selectable } from 'kysely';
import type { RunsTable } from '../../database/schema.js';
import { blankOf } from '../../shared/blank.js';
import { keyBesideTold } from '../../shared/party.js';
import {
  BRIEF_FIELDS,
  RUN_COLUMNS,
  type CallRun,
  type NewRun,
  type RunBrief,
  type ShownRun,
} from './call-run.js';
import type { ColumnKind, Given, RunColumn } from './run-column.js';

type Row = Selectable<RunsTable>;

const COLUMNS = Object.entries(RUN_COLUMNS).map(([field, column]) => ({
  field: field as keyof CallRun,
  column: column as RunColumn<unknown, boolean, Given>,
}));
const SHOWN = COLUMNS.filter(({ column }) => column.shown);
const PERSONAL = namesOf('personal');
const ROUTED = namesOf('routed');
const PASSED = namesOf('passed');
const CHANGING = COLUMNS.filter(({ column }) => column.kind === 'changing');

/** The fields of a {@link ShownRun}. */
export const SHOWN_FIELDS = SHOWN.map(({ field }) => field as keyof ShownRun);

/**
 * The columns of a {@link ShownRun}. A list reads only these, so large options of
 * its calls cost nothing.
 */
export const SHOWN_COLUMNS = SHOWN.map(({ column }) => column.name);

const BRIEF = COLUMNS.filter(({ field }) => BRIEF_FIELDS.some((one) => one === field));

/** The columns of a {@link RunBrief}. */
export const BRIEF_COLUMNS = BRIEF.map(({ column }) => column.name);

const blankRun = blankOf(COLUMNS.map(({ field }) => field));
const blankShown = blankOf(SHOWN_FIELDS);
const blankBrief = blankOf(BRIEF_FIELDS);
const blankRow = blankOf([...COLUMNS.map(({ column }) => column.name), 'from_party', 'to_party']);

/** The columns that a change of a run writes. */
export const CHANGING_COLUMNS = namesOf('changing');

export function runFromRow(row: Row): CallRun {
  return read(row, COLUMNS, blankRun()) as CallRun;
}

/** @param row with the {@link SHOWN_COLUMNS} */
export function shownFromRow(row: Partial<Row>): ShownRun {
  return read(row, SHOWN, blankShown()) as ShownRun;
}

/** @param row with the {@link BRIEF_COLUMNS} */
export function briefFromRow(row: Partial<Row>): RunBrief {
  return read(row, BRIEF, blankBrief()) as RunBrief;
}

export function briefOf(run: CallRun): RunBrief {
  const brief = blankBrief();
  for (const field of BRIEF_FIELDS) brief[field] = run[field];
  return brief as RunBrief;
}

/** The whole row of a run, but its place in a queue. */
export function rowFromRun(run: CallRun): Omit<Row, 'dial_turn'> {
  const row: Partial<Record<keyof Row, unknown>> = Object.assign(blankRow(), partyKeys(run));
  for (const { field, column } of COLUMNS) row[column.name] = column.toRow(run[field]);
  return row as Row;
}

/** A run that is made now. */
export function runFromNew(runId: number, given: NewRun, now: Date): CallRun {
  const run = blankRun();
  run.runId = runId;
  for (const { field, column } of COLUMNS) {
    if (column.kind === 'counted') continue;
    const value = column.given ? given[field as keyof NewRun] : undefined;
    run[field] = value === undefined ? column.initial(now) : value;
  }
  return run as CallRun;
}

/** A copy with other values. */
export function runWith(run: CallRun, fields: Partial<CallRun>): CallRun {
  return Object.assign(blankRun(), run, fields);
}

/** What a change of a run has to write: the changing columns of the fields that differ; all where there was none. */
export function changedColumns(before: CallRun | null, after: CallRun): Partial<Row> {
  const row: Partial<Record<keyof Row, unknown>> = {};
  for (const { field, column } of CHANGING) {
    if (before?.[field] !== after[field]) row[column.name] = column.toRow(after[field]);
  }
  return row as Partial<Row>;
}

/** The columns that change only when a call is erased. */
export function personalColumns(run: CallRun): Partial<Row> {
  return { ...only(run, [...PERSONAL, 'routes']), ...partyKeys(run) };
}

/** The columns that change only when another account is to dial the call. */
export function routedColumns(run: CallRun): Partial<Row> {
  return { ...only(run, [...ROUTED, 'from_number']), ...partyKeys(run) };
}

/** The columns that change only when another workflow goes on with the call. */
export function passedColumns(run: CallRun): Partial<Row> {
  return only(run, PASSED);
}

function only(run: CallRun, names: ReadonlyArray<keyof Row>): Partial<Row> {
  const row: Partial<Row> = rowFromRun(run);
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** The keys by which a run's parties are searched; they are not fields of a run. */
function partyKeys({ from, to }: Pick<CallRun, 'from' | 'to'>) {
  return { from_party: keyBesideTold(from), to_party: keyBesideTold(to) };
}

function read(
  row: Partial<Row>,
  columns: typeof COLUMNS,
  into: Partial<Record<keyof CallRun, unknown>>,
): Partial<CallRun> {
  for (const { field, column } of columns) into[field] = column.fromRow(row[column.name]);
  return into as Partial<CallRun>;
}

function namesOf(kind: ColumnKind): Array<keyof Row> {
  return COLUMNS.flatMap(({ column }) => (column.kind === kind ? [column.name] : []));
}
