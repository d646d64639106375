import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LiveSessions, type LiveSession } from '../../calls/streams/live-sessions.js';
import { Cluster } from '../../cluster/cluster.js';
import { Database } from '../../database/database.js';
import { pieces } from '../../database/pieces.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { Log } from '../../shared/logger.js';

/** How soon it is tried again where the store is away once more. */
const AGAIN_MS = 500;

/**
 * Finds out, after a time without the store or without any time at all, which of our streams others
 * have taken over meanwhile: those are closed. One that was only recorded as lost, because nobody
 * could give the call another stream, is still the call's, and its call goes on.
 */
@Injectable()
export class OwnStreams implements OnModuleInit, BeforeApplicationShutdown {
  private unsubscribe: () => void = () => undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly cluster: Cluster,
    private readonly sessions: LiveSessions,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.cluster.onUnfenced(() => {
      this.compareInTheEnd().catch((error: unknown) => {
        this.log.error('streams.not_compared', { error });
      });
    });
  }

  beforeApplicationShutdown(): void {
    this.unsubscribe();
    this.stopping.abort();
  }

  private async compareInTheEnd(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.compare();
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
      }
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @throws StoreUnavailableError */
  async compare(): Promise<void> {
    const begun = this.sessions.all().filter(({ generation }) => generation > 0);
    for (const some of pieces(begun)) {
      const rows = await this.database.read((db) =>
        db
          .selectFrom('runs')
          .select(['run_id', 'stream_generation', 'stream_state'])
          .where(
            'run_id',
            'in',
            some.map(({ runId }) => runId),
          )
          .execute(),
      );
      const known = new Map(rows.map((row) => [row.run_id, row]));
      for (const session of some) {
        const row = known.get(session.runId);
        if (row) this.settle(session, row.stream_generation, row.stream_state);
      }
    }
  }

  private settle(session: LiveSession, generation: number, state: string | null): void {
    if (generation > session.generation) session.end('taken-over');
    else if (state !== 'live') session.keep();
  }
}
