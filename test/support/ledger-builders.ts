import { callEvent, type CallEventDraft } from '../../src/calls/ledger/call-event.js';
import { CallFeed } from '../../src/calls/ledger/call-feed.js';
import { Instance } from '../../src/cluster/instance.js';
import type { Leases } from '../../src/cluster/leases.js';
import { StoreLeases } from '../../src/cluster/store-leases.js';
import type { CreateRun } from '../../src/calls/ledger/batch.js';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import type { CallRun, NewRun } from '../../src/calls/ledger/call-run.js';
import { IdempotencyKeys } from '../../src/calls/ledger/idempotency-keys.js';
import type { CallStatus } from '../../src/calls/ledger/call-status.js';
import type { Database } from '../../src/database/database.js';
import { Clock, SystemClock } from '../../src/shared/clock.js';
import { Log } from '../../src/shared/logger.js';
import { Users } from '../../src/tenants/users.js';
import { Workflows } from '../../src/tenants/workflows.js';

/** A clock that stands still until it is set. */
export class SetClock extends Clock {
  constructor(public time: Date) {
    super();
  }

  now(): Date {
    return this.time;
  }

  advance(milliseconds: number): void {
    this.time = new Date(this.time.getTime() + milliseconds);
  }
}

/** A log that discards everything. */
export class SilentLog extends Log {
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

export const SILENCE_MS = 60_000;

export interface LedgerBench {
  ledger: CallLedger;
  feed: CallFeed;
  keys: IdempotencyKeys;
  /** The leases of a separate instance. */
  leases: Leases;
  userId: number;
  workflowId: number;
  /** A request for a run of this user's workflow. */
  request: (run?: Partial<NewRun>, rest?: Partial<Omit<CreateRun, 'run'>>) => CreateRun;
  /** A saved run. */
  run: (fields?: Partial<NewRun>) => Promise<CallRun>;
}

/** A ledger over a store, with a user and a workflow to make runs of. */
export async function ledgerBench(
  database: Database,
  clock: Clock = new SystemClock(),
): Promise<LedgerBench> {
  const { userId } = await new Users(database, clock).create('Ada');
  const workflow = await new Workflows(database, clock).create(userId, {
    name: 'Echo',
    agent: 'echo',
    agentOptions: {},
    recording: false,
    recordingNotice: null,
    bargeIn: false,
    bargeInSensitivity: 'normal',
    bargeInEcho: 'auto',
    turnSilenceMs: 600,
    transcription: true,
    onFailure: null,
    onResume: null,
    onWait: null,
    routes: [],
    onMachine: 'ignore',
    transferTargets: null,
  });
  if (!workflow) throw new Error('the workflow was not made');
  const { workflowId } = workflow;
  const feed = new CallFeed();
  const ledger = new CallLedger(database, feed, clock, { silenceMs: SILENCE_MS });
  const request: LedgerBench['request'] = (run = {}, rest = {}) => ({
    run: newRun({ workflowId, userId, ...run }),
    idempotency: null,
    limits: { total: 1_000_000, perUser: null },
    queue: null,
    begin: () => undefined,
    ...rest,
  });
  return {
    ledger,
    feed,
    keys: new IdempotencyKeys(database),
    leases: new StoreLeases(database, new Instance()),
    userId,
    workflowId,
    request,
    run: async (fields) => {
      const result = await ledger.create(request(fields));
      if (result.kind !== 'created') throw new Error(`the run was not created: ${result.kind}`);
      return result.run;
    },
  };
}

export function newRun(fields: Partial<NewRun> = {}): NewRun {
  return {
    workflowId: 1,
    userId: 1,
    direction: 'outbound',
    provider: 'twilio',
    accountKey: 'twilio',
    accountId: 'AC1',
    simulated: false,
    providerCallId: null,
    from: '+15005550006',
    to: '+12025550143',
    context: {},
    agent: 'echo',
    agentOptions: {},
    recording: false,
    bargeIn: false,
    publicOrigin: 'https://gw.example.com',
    ringTimeoutSeconds: 60,
    maxDurationSeconds: 3_600,
    ...fields,
  };
}

/** A carrier's status callback; the same status and sequence number are the same fact. */
export function statusCallback(
  status: CallStatus,
  sequence: number | null,
  fields: Partial<CallEventDraft> = {},
): CallEventDraft {
  return callEvent({
    type: 'status',
    source: 'status-callback',
    status,
    providerStatus: status,
    sequence,
    dedupeKey: `status:${status}:${sequence ?? '-'}`,
    ...fields,
  });
}
