import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RetentionSettings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Clock } from '../shared/clock.js';
import { Log } from '../shared/logger.js';
import { CallLedger } from './call-ledger.js';
import { EventDeliveries } from './event-deliveries.js';
import { Recordings } from './recordings.js';
import { StreamTokens } from './stream-tokens.js';

const EVERY_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** A client's key is remembered this long. */
const KEY_MS = DAY_MS;
/** Rows in one transaction, so that calls never wait for the broom. */
const BATCH = 1_000;

/** Forgets what need not be kept: spent tokens, old idempotency keys, raw fields and recordings past their time. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly ledger: CallLedger,
    private readonly tokens: StreamTokens,
    private readonly deliveries: EventDeliveries,
    private readonly recordings: Recordings,
    private readonly retention: RetentionSettings,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.round = this.sweep().catch((error: unknown) => {
        this.log.warn('housekeeping.failed', { error });
      });
    }, EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.round;
  }

  async sweep(): Promise<void> {
    const now = this.clock.now().getTime();
    await this.tokens.sweep();
    await this.ledger.forgetKeys(new Date(now - KEY_MS));
    const retained = now - this.retention.payloadDays * DAY_MS;
    await this.deliveries.sweep(new Date(retained));
    const { recordingDays } = this.retention;
    if (recordingDays !== null) {
      await this.recordings.eraseOlderThan(new Date(now - recordingDays * DAY_MS));
    }
    while (await this.dropPayloads(retained));
  }

  /** True when there may be more. */
  private async dropPayloads(before: number): Promise<boolean> {
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
