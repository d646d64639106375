import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { sweepInPieces } from '../../database/pieces.js';
import { Clock } from '../../shared/clock.js';
import { Sealer } from '../../shared/sealing/sealer.js';
import { sealHandover, unsealHandover } from './handover-text.js';
import { withoutTail, type Handover, type ResumeReason } from './handover.js';

/** A call that has not gone on by then never will. */
const KEPT_MS = 10 * 60_000;

/** A handover that is ready to be stored, encrypted. */
export interface SealedHandover {
  generation: number;
  agent: string;
  version: number;
  sealed: string;
}

/**
 * What streams leave to those that go on with their calls: one row for each stream, written at its
 * end in the same commit as that (see `RunDraft.handOver`), and before that from time to time, in
 * case its process dies.
 */
@Injectable()
export class Handovers {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
  ) {}

  /** Null: there is no key to encrypt with, so nothing is handed over and the agent begins anew. */
  seal(runId: number, generation: number, handover: Handover): SealedHandover | null {
    const sealed = sealHandover(this.sealer, runId, generation, handover);
    if (sealed === null) return null;
    return { generation, agent: handover.agent, version: handover.version, sealed };
  }

  /**
   * Stores what another process would go on from, if this one died now. It never replaces what
   * the stream left at its end.
   */
  async checkpoint(runId: number, { generation, ...row }: SealedHandover): Promise<void> {
    const created_at = this.clock.now().getTime();
    await this.database.writeLocking((trx) =>
      trx
        .insertInto('stream_handovers')
        .values({ run_id: runId, generation, ...row, reason: 'checkpoint', created_at })
        .onConflict((conflict) =>
          conflict
            .columns(['run_id', 'generation'])
            .doUpdateSet({ ...row, created_at })
            .where('stream_handovers.reason', '=', 'checkpoint'),
        )
        .execute(),
    );
  }

  /**
   * The newest handover of a stream before `generation`, and why that one ended; null where there is
   * none, or none that this process can read.
   */
  async before(
    runId: number,
    generation: number,
  ): Promise<{ handover: Handover; reason: ResumeReason } | null> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('stream_handovers')
        .selectAll()
        .where('run_id', '=', runId)
        .where('generation', '<', generation)
        .orderBy('generation', 'desc')
        .limit(1)
        .executeTakeFirst(),
    );
    const handover = row && unsealHandover(this.sealer, runId, row.generation, row.sealed);
    if (!row || !handover) return null;
    // What an earlier stream left, the one in between may have said already.
    const isLatest = row.generation === generation - 1;
    return {
      handover: isLatest ? handover : withoutTail(handover),
      reason: isLatest && row.reason === 'moved' ? 'moved' : 'lost',
    };
  }

  /** Deletes handovers that nobody will go on from any more. */
  async sweep(): Promise<void> {
    const before = this.clock.now().getTime() - KEPT_MS;
    await sweepInPieces((limit) =>
      this.database.write(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('stream_handovers')
          .where('run_id', 'in', (old) =>
            old
              .selectFrom('stream_handovers')
              .select('run_id')
              .where('created_at', '<', before)
              .limit(limit),
          )
          .where('created_at', '<', before)
          .executeTakeFirst();
        return numDeletedRows;
      }),
    );
  }
}
