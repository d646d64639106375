import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../database/database.js';
import { StoreUnavailableError } from '../database/store-errors.js';
import { Clock } from '../shared/clock.js';
import { Log } from '../shared/logger.js';
import { ADMIN_USER_ID, hashApiKey } from './api-keys.js';
import { FIRST_WORKFLOWS } from './first-workflows.js';
import { SettingsKey } from './settings-key.js';
import { SettingsKeys } from './settings-keys.js';

const RETRY_MS = 500;

/**
 * Puts into an empty store what every installation needs: user 1 with a key,
 * workflow 1 "Echo" and workflow 2 "Welcome". It is safe to run at every start. A store that is down is
 * tried again until it is up.
 */
@Injectable()
export class FirstStart implements OnModuleInit, OnApplicationShutdown {
  /** True once this process has found the store empty. */
  foundEmpty = false;
  private stopping = false;
  private retrying: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly settingsKey: SettingsKey,
    private readonly settingsKeys: SettingsKeys,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!(await this.attempt())) this.retrying = this.retry();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.retrying;
  }

  private async retry(): Promise<void> {
    do await sleep(RETRY_MS);
    while (!this.stopping && !(await this.attemptLater()));
  }

  /** A fault in the first attempt stops the start. A later fault is logged, and the work is tried again. */
  private async attemptLater(): Promise<boolean> {
    try {
      return await this.attempt();
    } catch (error) {
      this.log.error('first_start.failed', { error });
      return false;
    }
  }

  private async attempt(): Promise<boolean> {
    try {
      await this.ensureUserAndWorkflow();
      await this.settingsKeys.use(hashApiKey(this.settingsKey.read()));
      return true;
    } catch (error) {
      if (error instanceof StoreUnavailableError) return false;
      throw error;
    }
  }

  private async ensureUserAndWorkflow(): Promise<void> {
    const now = this.clock.now().getTime();
    await this.database.write(async (trx) => {
      const someone = await trx.selectFrom('users').select('user_id').limit(1).executeTakeFirst();
      if (someone) return;
      this.foundEmpty = true;
      await trx
        .insertInto('users')
        .values({ user_id: ADMIN_USER_ID, name: 'Administrator', created_at: now })
        .execute();
      await trx
        .insertInto('workflows')
        .values(
          FIRST_WORKFLOWS.map((workflow) => ({
            ...workflow,
            user_id: ADMIN_USER_ID,
            recording_notice: null,
            barge_in: 0,
            barge_in_sensitivity: null,
            barge_in_echo: null,
            turn_silence_ms: null,
            transcription: null,
            on_failure: null,
            on_resume: null,
            on_wait: null,
            on_machine: null,
            transfer_targets: null,
            created_at: now,
            updated_at: now,
            deleted_at: null,
          })),
        )
        .execute();
      if (this.database.kind === 'postgres') {
        // Explicit ids do not advance PostgreSQL's sequences; SQLite's counters follow by themselves.
        await sql`select setval(pg_get_serial_sequence('users', 'user_id'), ${ADMIN_USER_ID}),
          setval(pg_get_serial_sequence('workflows', 'workflow_id'), ${FIRST_WORKFLOWS.length})`.execute(
          trx,
        );
      }
    });
  }
}
