import type { RecordedEvent } from './ledger/call-event.js';
import type { ShownRun } from './ledger/call-run.js';
import { SHOWN_FIELDS } from './ledger/run-rows.js';
import { inSnakeCase } from '../shared/snake-case.js';
import { NOWHERE, type Whereabout } from './streams/whereabouts.js';

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/**
 * Fields that the API shows under another name; null: the field orders calls, or says
 * where their streams are, and is not shown.
 */
const OTHER_NAMES: Partial<Record<keyof ShownRun, string | null>> = {
  runId: 'workflow_run_id',
  accountKey: 'account',
  changedXid: null,
  position: null,
  streamState: null,
  streamInstance: null,
};
/** Every field that the API shows, with its name there. */
const TOLD = SHOWN_FIELDS.flatMap((field): Array<[keyof ShownRun, string]> => {
  const name = OTHER_NAMES[field];
  return name === null ? [] : [[field, name ?? inSnakeCase(field)]];
});

/** The names of all fields of a call in JSON, in order. */
export const CALL_FIELD_NAMES: readonly string[] = [
  ...TOLD.map(([, name]) => name),
  ...Object.keys(NOWHERE),
];

/** A call as our API and its events show it. */
export function callJson(run: ShownRun, where: Whereabout): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [field, name] of TOLD) {
    const value = run[field];
    json[name] = value instanceof Date ? iso(value) : value;
  }
  return { ...json, ...where };
}

/** One line of a call's timeline; the carrier's raw fields stay in the store. */
export function eventJson(event: RecordedEvent) {
  return {
    event_id: event.eventId,
    type: event.type,
    status: event.status,
    provider_status: event.providerStatus,
    sequence: event.sequence,
    source: event.source,
    outcome: event.outcome,
    detail: event.detail,
    occurred_at: iso(event.occurredAt),
    received_at: iso(event.receivedAt),
  };
}
