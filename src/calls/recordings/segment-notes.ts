import { sql, type Transaction } from 'kysely';
import { Injectable } from '@nestjs/common';
import { Leases } from '../../cluster/leases.js';
import { Database } from '../../database/database.js';
import type { Tables } from '../../database/schema.js';
import { keyOf, type SegmentKey } from './segment.js';
import { isAmongSegments, isSegment } from './segment-rows.js';

/**
 * What a row says about a segment that an instance has on its disk:
 * - `open`: it is to be stored
 * - `stored`: it has been
 * - `erasing`: it is to be erased, here and in the store of recordings
 * - `erased`: its call was erased, and nothing of it may be stored
 * - `unknown`: this store has no such call
 */
export type SegmentState = 'open' | 'stored' | 'erasing' | 'erased' | 'unknown';

/** The shortest time between two commits, in milliseconds. */
const COMMIT_EVERY_MS = 500;

interface Registration {
  key: SegmentKey;
  startedAt: number;
  location: string;
}

interface Storing {
  key: SegmentKey;
  moments: number;
}

type Note = { reject: (error: unknown) => void } & (
  | (Registration & { kind: 'register'; resolve: (state: SegmentState) => void })
  | (Storing & { kind: 'stored'; resolve: (isNoted: boolean) => void })
);

/**
 * What this instance writes down about the segments on its disk. All of its recordings share the
 * commits: the first note is written at once, those that come within half a second of it with the
 * next commit. What fails is rejected with the store's error, and may be repeated.
 */
@Injectable()
export class SegmentNotes {
  private waiting: Note[] = [];
  private isDue = false;
  private nextAt = 0;
  private pauseMs = COMMIT_EVERY_MS;

  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
  ) {}

  /**
   * Makes the row of a segment on this instance's disk, or takes over the one of an instance that
   * is gone. May be repeated, but not while the same is under way.
   *
   * @param startedAt when its first moment was heard, by this machine's clock
   */
  register(key: SegmentKey, startedAt: number, location: string): Promise<SegmentState> {
    return new Promise((resolve, reject) => {
      this.add({ kind: 'register', key, startedAt, location, resolve, reject });
    });
  }

  /** Notes that a segment is in the store of recordings; false: it is to be erased instead. */
  stored(key: SegmentKey, moments: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.add({ kind: 'stored', key, moments, resolve, reject });
    });
  }

  async remove(key: SegmentKey): Promise<void> {
    await this.database.write((trx) =>
      trx.deleteFrom('recording_segments').where(isSegment(key)).execute(),
    );
  }

  /** From now on nothing waits for a commit that it could share: the process stops. */
  hurry(): void {
    this.pauseMs = 0;
    this.nextAt = 0;
  }

  private add(note: Note): void {
    this.waiting.push(note);
    if (this.isDue) return;
    this.isDue = true;
    setTimeout(() => void this.commit(), Math.max(0, this.nextAt - performance.now()));
  }

  private async commit(): Promise<void> {
    const notes = this.waiting;
    this.waiting = [];
    this.isDue = false;
    this.nextAt = performance.now() + this.pauseMs;
    const registrations = notes.filter((note) => note.kind === 'register');
    const storings = notes.filter((note) => note.kind === 'stored');
    try {
      const { states, noted } = await this.database.write(async (trx) => ({
        states: await this.writeRegistrations(trx, registrations),
        noted: await this.writeStorings(trx, storings),
      }));
      for (const { key, resolve } of registrations) resolve(states.get(keyOf(key)) ?? 'unknown');
      for (const { key, resolve } of storings) resolve(noted.has(keyOf(key)));
    } catch (error) {
      for (const { reject } of notes) reject(error);
    }
  }

  private async writeRegistrations(
    trx: Transaction<Tables>,
    all: readonly Registration[],
  ): Promise<Map<string, SegmentState>> {
    const states = new Map<string, SegmentState>();
    if (all.length === 0) return states;
    const runs = await trx
      .selectFrom('runs')
      .select(['run_id', 'erased_at'])
      .where('run_id', 'in', [...new Set(all.map(({ key }) => key.runId))])
      .execute();
    const erasedAt = new Map(runs.map(({ run_id, erased_at }) => [run_id, erased_at]));
    const kept = all.filter(({ key }) => erasedAt.get(key.runId) === null);
    if (kept.length > 0) await this.insert(trx, kept);
    const rows = await trx
      .selectFrom('recording_segments')
      .select(['run_id', 'generation', 'n', 'state'])
      .where(isAmongSegments(all.map(({ key }) => key)))
      .execute();
    const stateOf = new Map(rows.map((row) => [keyOf({ ...row, runId: row.run_id }), row.state]));
    for (const { key } of all) {
      const name = keyOf(key);
      const run = erasedAt.get(key.runId);
      const state = stateOf.get(name) as SegmentState | undefined;
      if (run === undefined) states.set(name, 'unknown');
      // What remains of an erased call is erased, whoever was late.
      else states.set(name, state === undefined ? 'erased' : run === null ? state : 'erasing');
    }
    return states;
  }

  private async insert(trx: Transaction<Tables>, all: readonly Registration[]): Promise<void> {
    const instance_id = this.leases.holder;
    const now = Date.now();
    await trx
      .insertInto('recording_segments')
      .values(
        all.map(({ key, startedAt, location }) => ({
          run_id: key.runId,
          generation: key.generation,
          n: key.n,
          // Right to what a small query takes, however far apart the two clocks are.
          started_at: sql<number>`${this.database.engine.now()} - ${Math.round(now - startedAt)}`,
          samples: 0,
          location,
          state: 'open',
          instance_id,
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['run_id', 'generation', 'n'])
          .doUpdateSet({ instance_id })
          .where('recording_segments.state', '=', 'open'),
      )
      .execute();
  }

  /** @returns the keys of those that were noted */
  private async writeStorings(
    trx: Transaction<Tables>,
    all: readonly Storing[],
  ): Promise<Set<string>> {
    const noted = new Set<string>();
    // All but the last of a stream are of one length.
    for (const moments of new Set(all.map((one) => one.moments))) {
      const keys = all.filter((one) => one.moments === moments).map(({ key }) => key);
      const rows = await trx
        .updateTable('recording_segments')
        .set({ state: 'stored', samples: moments, instance_id: null })
        .where(isAmongSegments(keys))
        .where('state', '=', 'open')
        .returning(['run_id', 'generation', 'n'])
        .execute();
      for (const row of rows) noted.add(keyOf({ ...row, runId: row.run_id }));
    }
    return noted;
  }
}
