import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Database } from '../../database/database.js';
import type { Tables } from '../../database/schema.js';
import { parseParty, partyKey } from '../../shared/party.js';
import { askedWords, behindAll } from '../transcripts/words.js';
import type { EndReason } from './call-event.js';
import type { Direction, ShownRun } from './call-run.js';
import type { CallStatus } from './call-status.js';
import { FEED_START, type FeedPlace } from './feed-place.js';
import { SHOWN_COLUMNS, shownFromRow } from './run-rows.js';

/** Each column has an index; the last two only hold what differs from the first two. */
const PARTY_COLUMNS = ['from_number', 'to_number', 'from_party', 'to_party'] as const;
/** How many places are read at a time on the way back to a time. */
const BACK = 500;

export interface CallFilter {
  userId: number;
  status?: CallStatus;
  /**
   * Calls that ended for any of these reasons; absent: all calls, including those
   * that are not over.
   */
  endReasons?: readonly EndReason[];
  direction?: Direction;
  workflowId?: number;
  /**
   * The party on either side: E.164, an address or a word, in any notation that
   * `parseParty` reads.
   */
  number?: string;
  /** Words that were said on the call: for each, one that begins with it. */
  said?: string;
  providerCallId?: string;
  /** The key of an account. */
  account?: string;
  /** Created at or after. */
  fromTime?: Date;
  /** Created before. */
  toTime?: Date;
  /** Only runs older than this one. */
  before?: number;
  limit: number;
}

/** Lists one user's calls, newest first, with only the fields that are shown. */
@Injectable()
export class CallList {
  constructor(private readonly database: Database) {}

  async find(filter: CallFilter): Promise<ShownRun[]> {
    const { number, endReasons, said } = filter;
    // A question without a word, such as a dash, is in no transcript.
    if (said !== undefined && askedWords(said).length === 0) return [];
    const key = number === undefined ? null : partyKey(parseParty(number));
    const sides = key === null ? [null] : PARTY_COLUMNS.map((column) => ({ column, key }));
    const reasons = endReasons ?? [undefined];
    // Each column gets its own query: a condition with "or" keeps both engines from using their
    // indexes.
    const answers = await Promise.all(
      sides.flatMap((side) => reasons.map((reason) => this.select(filter, side, reason))),
    );
    const [only] = answers;
    if (only && answers.length === 1) return only;
    const byId = new Map(answers.flat().map((run) => [run.runId, run]));
    return [...byId.values()].sort((a, b) => b.runId - a.runId).slice(0, filter.limit);
  }

  private async select(
    filter: CallFilter,
    party: { column: (typeof PARTY_COLUMNS)[number]; key: string } | null,
    endReason: EndReason | undefined,
  ): Promise<ShownRun[]> {
    const { status, direction, workflowId, providerCallId, fromTime, toTime, before } = filter;
    const { account, said } = filter;
    const rows = await this.database.read((db) => {
      let query = db.selectFrom('runs').select(SHOWN_COLUMNS).where('user_id', '=', filter.userId);
      if (party) query = query.where(party.column, '=', party.key);
      if (endReason) query = query.where('end_reason', '=', endReason);
      if (status) query = query.where('status', '=', status);
      if (direction) query = query.where('direction', '=', direction);
      if (workflowId) query = query.where('workflow_id', '=', workflowId);
      if (providerCallId) query = query.where('provider_call_id', '=', providerCallId);
      if (account) query = query.where('account_key', '=', account);
      if (fromTime) query = query.where('created_at', '>=', fromTime.getTime());
      if (toTime) query = query.where('created_at', '<', toTime.getTime());
      for (const word of said === undefined ? [] : askedWords(said)) {
        query = query.where('run_id', 'in', (where) =>
          where
            .selectFrom('transcript_words')
            .select('run_id')
            .where('user_id', '=', filter.userId)
            .where('word', '>=', word)
            .where('word', '<', behindAll(word)),
        );
      }
      if (before) query = query.where('run_id', '<', before);
      return query.orderBy('run_id', 'desc').limit(filter.limit).execute();
    });
    return rows.map(shownFromRow);
  }

  /** One user's calls that are not over, newest first. */
  async live(userId: number, limit: number): Promise<ShownRun[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select(SHOWN_COLUMNS)
        .where('user_id', '=', userId)
        .where('ended_at', 'is', null)
        .orderBy('run_id', 'desc')
        .limit(limit)
        .execute(),
    );
    return rows.map(shownFromRow);
  }

  /**
   * The calls that changed after a place, in the order of their places; each in its
   * current state. A change that a slower transaction may still precede is not
   * included yet, see `Engine.horizon`.
   *
   * @param userId null: the calls of all users
   */
  async changedSince(userId: number | null, place: FeedPlace, limit: number): Promise<ShownRun[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select(SHOWN_COLUMNS)
        .$if(userId !== null, (query) => query.where('user_id', '=', userId))
        .where((is) =>
          is(
            is.refTuple('changed_xid', 'position'),
            '>',
            is.tuple(place.changedXid, place.position),
          ),
        )
        .where('changed_xid', '<', this.database.engine.horizon())
        .orderBy('changed_xid')
        .orderBy('position')
        .limit(limit)
        .execute(),
    );
    return rows.map(shownFromRow);
  }

  /** The place of the latest change of one user's calls. */
  async newestPlace(userId: number): Promise<FeedPlace> {
    const row = await this.database.read((db) => newest(db, userId).executeTakeFirst());
    return placeOf(row);
  }

  /** The latest place that no change which is still to come can precede. */
  async settledPlace(userId: number | null): Promise<FeedPlace> {
    const row = await this.database.read((db) =>
      newest(db, userId)
        .where('changed_xid', '<', this.database.engine.horizon())
        .executeTakeFirst(),
    );
    return placeOf(row);
  }

  /** A place before all changes since a time, going back from the latest one. */
  async placeBefore(userId: number | null, time: Date): Promise<FeedPlace> {
    let before: FeedPlace | null = null;
    for (;;) {
      const last: FeedPlace | null = before;
      const rows = await this.database.read((db) =>
        newest(db, userId)
          .select('updated_at')
          .$if(last !== null, (query) =>
            query.where((is) =>
              is(
                is.refTuple('changed_xid', 'position'),
                '<',
                is.tuple(last?.changedXid ?? 0, last?.position ?? 0),
              ),
            ),
          )
          .limit(BACK)
          .execute(),
      );
      const earlier = rows.find((row) => row.updated_at < time.getTime());
      if (earlier || rows.length < BACK) return placeOf(earlier);
      before = placeOf(rows.at(-1));
    }
  }
}

/** The places of the changes of one user's calls, or of all, latest first. */
function newest(db: Kysely<Tables>, userId: number | null) {
  return db
    .selectFrom('runs')
    .select(['changed_xid', 'position'])
    .$if(userId !== null, (query) => query.where('user_id', '=', userId))
    .orderBy('changed_xid', 'desc')
    .orderBy('position', 'desc')
    .limit(1);
}

function placeOf(row: { changed_xid: number; position: number } | undefined): FeedPlace {
  return row ? { changedXid: row.changed_xid, position: row.position } : FEED_START;
}
