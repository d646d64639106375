import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Selectable } from 'kysely';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { streamLeftBehind } from '../../calls/streams/stream-events.js';
import { Cluster } from '../../cluster/cluster.js';
import { Leases } from '../../cluster/leases.js';
import { StreamSettings } from '../../config/settings.js';
import { Database } from '../../database/database.js';
import type { RunsTable } from '../../database/schema.js';
import { unlessUnavailable } from '../../database/store-errors.js';
import { Clock } from '../../shared/clock.js';
import { Draining } from '../../shared/draining.js';
import { every, type Loop } from '../../shared/every.js';
import { Log } from '../../shared/logger.js';
import { PushStream } from './push-stream.js';

/** How often we look while something waits; while nothing does, only each fifth time. */
const POLL_MS = 100;
const IDLE_ROUNDS = 5;
/**
 * How long the carrier has to ask by itself what follows a stream that we gave up. One that asks just
 * afterwards loses nothing: the stream that it asked for gives way to the one that it was told of.
 */
const ASKS_WITHIN_MS = 700;
/** Calls that are looked at in one round. */
const AT_ONCE = 100;

type AwaitingRow = Pick<
  Selectable<RunsTable>,
  'run_id' | 'stream_generation' | 'updated_at' | 'transfer_state'
>;

interface Waiting {
  generation: number;
  /** Whether a person is to be called, or another stream opened. */
  transfers: boolean;
  /** Of the process's monotonic clock. */
  since: number;
  pushed: boolean;
}

/**
 * Goes on with calls whose instance is gone: records that their streams are lost, and gives each
 * another one through the carrier's API, unless the carrier asks first. The same goes for calls that
 * were moved and about which the carrier does not ask, and for those that are to be transferred and
 * of which the carrier was not told. Every instance looks; which of several does
 * what is decided by the ledger, in which each step is written once.
 *
 * Where a carrier takes no instructions through its API, the reconciler sees to the call.
 */
@Injectable()
export class TakeOver implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private rounds = 0;

  constructor(
    private readonly database: Database,
    private readonly ledger: CallLedger,
    private readonly cluster: Cluster,
    private readonly leases: Leases,
    private readonly push: PushStream,
    private readonly streams: StreamSettings,
    private readonly draining: Draining,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = every(
      POLL_MS,
      () => this.look(),
      unlessUnavailable((error) => this.log.error('take_over.failed', { error })),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  private async look(): Promise<void> {
    this.rounds += 1;
    if (this.waiting.size > 0 || this.rounds % IDLE_ROUNDS === 0) await this.lookOnce();
  }

  /** One round. After an outage of the store, which ends all leases, it waits for a whole lease. */
  async lookOnce(): Promise<void> {
    if (!this.cluster.mayTakeOver || this.cluster.fenced || this.draining.active) return;
    const left = await this.left();
    // Others look at the same moment: each begins elsewhere.
    await Promise.all(shuffled(left).map((runId) => this.recordLost(runId)));
    await this.pushWhatWaits();
  }

  /** Calls with a live stream whose instance is gone. */
  private async left(): Promise<number[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select('run_id')
        .where('stream_state', '=', 'live')
        .where('ended_at', 'is', null)
        .where('stream_instance', '!=', this.leases.holder)
        .where(this.leases.isGone('stream_instance'))
        .limit(AT_ONCE)
        .execute(),
    );
    return rows.map(({ run_id }) => run_id);
  }

  private async recordLost(runId: number): Promise<void> {
    const lost = await this.ledger.change({ runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return null;
      const { generation, state, instance, streamId } = draft.streams;
      if (state !== 'live' || instance === null || instance === this.leases.holder) return null;
      // A newer stream has begun since, with one that lives.
      if (this.cluster.isAlive(instance)) return null;
      draft.record(streamLeftBehind({ generation, streamId }, instance));
      draft.change({ checkAt: new Date(draft.now.getTime() + this.streams.graceSeconds * 1000) });
      return instance;
    });
    if (lost) this.log.warn('stream.taken_over', { workflow_run_id: runId, from: lost });
  }

  private async pushWhatWaits(): Promise<void> {
    const rows = await this.awaiting();
    const now = performance.now();
    const storeNow = this.clock.now().getTime();
    const known = new Map(rows.map((row) => [row.run_id, row]));
    for (const [runId, { generation, transfers }] of this.waiting) {
      const row = known.get(runId);
      const isTheSame = row?.stream_generation === generation && isToTransfer(row) === transfers;
      if (!isTheSame) this.waiting.delete(runId);
    }
    for (const [runId, row] of known) {
      const { stream_generation: generation } = row;
      const transfers = isToTransfer(row);
      const since = now - Math.max(0, storeNow - row.updated_at);
      const entry = this.waiting.get(runId) ?? { generation, transfers, since, pushed: false };
      this.waiting.set(runId, entry);
      if (entry.pushed || now - entry.since < ASKS_WITHIN_MS) continue;
      entry.pushed = true;
      // Not waited for: a carrier that is slow must not keep other calls silent.
      this.push.push(runId, generation).then(
        // Perhaps another instance must do it, and perhaps that one does not live.
        (isTold) => {
          if (!isTold && transfers)
            Object.assign(entry, { pushed: false, since: performance.now() });
        },
        (error: unknown) => {
          entry.pushed = false;
          this.log.warn('stream.not_pushed', { workflow_run_id: runId, error });
        },
      );
    }
  }

  /** The calls about which their carriers are to be told. */
  private awaiting(): Promise<AwaitingRow[]> {
    return this.database.read(async (db) => {
      const live = db
        .selectFrom('runs')
        .select(['run_id', 'stream_generation', 'updated_at', 'transfer_state'])
        .where('ended_at', 'is', null)
        .where('hangup_reason', 'is', null)
        .orderBy('run_id')
        .limit(AT_ONCE);
      const toTransfer = await live.where('transfer_state', '=', 'asked').execute();
      const toStream = await live
        .where('stream_state', 'in', ['moving', 'lost'])
        .where('transfer_state', 'is', null)
        .execute();
      return [...toTransfer, ...toStream];
    });
  }
}

function isToTransfer({ transfer_state }: AwaitingRow): boolean {
  return transfer_state !== null;
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, order: Math.random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item);
}
