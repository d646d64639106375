import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RetentionSettings } from '../../config/settings.js';
import { Leases } from '../../cluster/leases.js';
import { Database } from '../../database/database.js';
import { Clock } from '../../shared/clock.js';
import { every, type Loop } from '../../shared/every.js';
import { Log } from '../../shared/logger.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { EventDeliveries } from '../events-out/event-deliveries.js';
import { Recordings } from '../recordings/recordings.js';
import { Transcripts } from '../transcripts/transcripts.js';
import { Handovers } from '../streams/handovers.js';
import { StreamTokens } from '../streams/stream-tokens.js';

const EVERY_MS = 10 * 60_000;
/** The instance that swept last does so again, unless it is gone. */
const CLAIMED_MS = EVERY_MS + 60_000;
const DAY_MS = 86_400_000;
/** How long a client's key is remembered. */
const KEY_MS = DAY_MS;
/** Rows in one transaction. Keeps the write lock short. */
const BATCH = 1_000;

/**
 * Deletes what need not be kept: spent tokens, old handovers, old idempotency keys, and raw fields,
 * recordings, transcripts and lines of the audit log past their retention time.
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | null = null;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly keys: IdempotencyKeys,
    private readonly tokens: StreamTokens,
    private readonly handovers: Handovers,
    private readonly deliveries: EventDeliveries,
    private readonly recordings: Recordings,
    private readonly transcripts: Transcripts,
    private readonly leases: Leases,
    private readonly retention: RetentionSettings,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = every(
      EVERY_MS,
      () => this.sweep(),
      (error) => this.log.error('housekeeping.failed', { error }),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.loop?.stop();
  }

  /** Sweeps everything once; a part that fails is logged and does not stop the others. */
  async sweep(): Promise<void> {
    await this.attempt('recordings', () => this.eraseEarlierRecordings());
    await this.attempt('store', () => this.sweepStore());
  }

  /** Sweeps the store and the store of recordings, on one instance for all. */
  private async sweepStore(): Promise<void> {
    if (!(await this.leases.takeJob('housekeeping', CLAIMED_MS))) return;
    const now = this.clock.now().getTime();
    const retained = now - this.retention.payloadDays * DAY_MS;
    await this.attempt('stream_tokens', () => this.tokens.sweep());
    await this.attempt('stream_handovers', () => this.handovers.sweep());
    await this.attempt('idempotency_keys', () => this.keys.sweep(new Date(now - KEY_MS)));
    await this.attempt('deliveries', () => this.deliveries.sweep(new Date(retained)));
    await this.attempt('payloads', () => this.dropPayloads(retained));
    await this.attempt('audit_log', () => this.dropAudit(now));
    await this.attempt('recordings', () =>
      this.recordings.sweep(this.recordedBefore(), this.notErased),
    );
    await this.attempt('transcripts', () => this.transcripts.sweep(this.recordedBefore()));
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    if (this.stopping) return;
    try {
      await work();
    } catch (error) {
      this.log.error('housekeeping.failed', { what, error });
    }
  }

  /** Those of a release that wrote one file for each call, on this instance's own disk. */
  private async eraseEarlierRecordings(): Promise<void> {
    const before = this.recordedBefore();
    if (before) await this.recordings.eraseEarlier(before, this.notErased);
  }

  /** Recordings that are older are erased; null: none is. */
  private recordedBefore(): Date | null {
    const { recordingDays } = this.retention;
    if (recordingDays === null) return null;
    return new Date(this.clock.now().getTime() - recordingDays * DAY_MS);
  }

  private readonly notErased = (runId: number, error: unknown): void => {
    this.log.error('housekeeping.failed', { what: 'recordings', workflow_run_id: runId, error });
  };

  private async dropPayloads(before: number): Promise<void> {
    while (!this.stopping && (await this.dropSome(before)));
  }

  /** The oldest lines have the lowest ids, so only those are looked at. */
  private async dropAudit(now: number): Promise<void> {
    const { auditDays } = this.retention;
    if (auditDays === null) return;
    const before = now - auditDays * DAY_MS;
    for (let isMore = true; isMore && !this.stopping;) {
      isMore = await this.database.write(async (trx) => {
        const oldest = await trx
          .selectFrom('audit_log')
          .select(['audit_id', 'created_at'])
          .orderBy('audit_id')
          .limit(BATCH)
          .execute();
        // Instances write at once, so a line may be a little older than the one before.
        const old = oldest.filter(({ created_at: at }) => at < before);
        if (old.length === 0) return false;
        const ids = old.map(({ audit_id: id }) => id);
        await trx.deleteFrom('audit_log').where('audit_id', 'in', ids).execute();
        return old.length === BATCH;
      });
    }
  }

  /** True when there may be more. */
  private async dropSome(before: number): Promise<boolean> {
    const { numUpdatedRows } = await this.database.write((trx) =>
      trx
        .updateTable('call_events')
        .set({ payload: null })
        .where('event_id', 'in', (where) =>
          where
            .selectFrom('call_events')
            .select('event_id')
            .where('payload', 'is not', null)
            .where('received_at', '<', before)
            .limit(BATCH),
        )
        .executeTakeFirst(),
    );
    return numUpdatedRows === BigInt(BATCH);
  }
}
