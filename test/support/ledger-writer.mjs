// One of several processes that write the ledger of one PostgreSQL database at a time. It runs what
// `npm test` has compiled. Its parent sends it lists of steps; it runs the steps of a list at once,
// `atOnce` at a time, and reports their results.
import { setTimeout as sleep } from 'node:timers/promises';
import { callEvent } from '../../dist/src/calls/ledger/call-event.js';
import { CallFeed } from '../../dist/src/calls/ledger/call-feed.js';
import { CallLedger } from '../../dist/src/calls/ledger/call-ledger.js';
import { PostgresDatabase } from '../../dist/src/database/postgres-database.js';
import { Clock } from '../../dist/src/shared/clock.js';

/** A fixed clock, so that the written data does not depend on the time. */
class StandingClock extends Clock {
  now() {
    return new Date('2026-03-01T12:00:00.000Z');
  }
}

const database = new PostgresDatabase(process.env['DATABASE_URL'], {
  deadlineMs: 30_000,
});
await database.open();
const ledger = new CallLedger(database, new CallFeed(), new StandingClock(), { silenceMs: 60_000 });

function revived(draft) {
  return { ...draft, occurredAt: draft.occurredAt === null ? null : new Date(draft.occurredAt) };
}

/** The call is in progress for a moment, so that others find its place taken. */
async function end(runId) {
  await sleep(20);
  await ledger.change({ runId }, (draft) => {
    draft.record(
      callEvent({ type: 'status', source: 'status-callback', status: 'completed', sequence: 4 }),
    );
  });
}

async function take(step) {
  if (step.create) {
    const { kind, run } = await ledger.create({ ...step.create, begin: () => undefined });
    if (kind === 'created' && step.ends) await end(run.runId);
    return kind;
  }
  return ledger.change(step.name, (draft) => {
    if (!draft) return 'unknown';
    if (step.adopt) draft.adoptCall({ call: step.adopt }, 'AC1');
    if (step.hangUp) draft.requestHangup('api_hangup');
    if (step.event) draft.record(revived(step.event));
    return 'done';
  });
}

/** Repeats a step, as a carrier repeats a request that was answered 503. */
async function insist(step, result) {
  for (;;) {
    try {
      const kind = await take(step);
      result[kind] = (result[kind] ?? 0) + 1;
      return;
    } catch (error) {
      const code = error.code ?? error.message;
      result[code] = (result[code] ?? 0) + 1;
      if (code !== 'store_unavailable') return;
    }
  }
}

async function carryOut({ steps, atOnce }) {
  const result = {};
  const left = steps[Symbol.iterator]();
  const worker = async () => {
    for (const step of left) await insist(step, result);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  process.send({ result });
}

process.on('message', (list) => void carryOut(list));
process.on('disconnect', () => void database.close().then(() => process.exit()));
process.send('ready');
