import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CallFeed } from '../../calls/ledger/call-feed.js';
import { callJson } from '../../calls/call-json.js';
import { CallList } from '../../calls/ledger/call-list.js';
import type { ShownRun } from '../../calls/ledger/call-run.js';
import {
  FEED_START,
  idOfPlace,
  isAfter,
  TOLD_AGAIN_MS,
  type FeedCursor,
  type FeedPlace,
} from '../../calls/ledger/feed-place.js';
import { FeedTimeline } from '../../calls/ledger/feed-timeline.js';
import { Whereabouts } from '../../calls/streams/whereabouts.js';
import { EventStream } from '../../shared/event-stream.js';
import { every } from '../../shared/every.js';
import { Problem } from '../../shared/problem.js';
import { Credentials } from '../../tenants/credentials.js';

/** How soon a key or session that is no longer valid ends its streams. */
const LOOK_EVERY_MS = 5_000;
/** How many runs are in memory at a time for a reader that catches up. */
const PAGE = 50;
const READERS_PER_USER = 20;
/** The most live calls that are sent first to a reader whose last id is no longer usable. */
const LIVE_MAX = 1_000;
/**
 * How long a change that another transaction may still overtake is left alone before it is looked
 * for again.
 */
const LOOK_AGAIN_MS = 50;

/** A reader, and how far it has got. */
interface Listening {
  reader: EventStream;
  /** The place of the last change that was sent to it. */
  told: FeedPlace;
  /**
   * While it catches up: the newest place that it has to reach. Null: changes are sent to it at
   * once.
   */
  behind: { newest: FeedPlace } | null;
}

/** Sends every change of one user's calls as server-sent events, as long as the client listens. */
@Injectable()
export class StreamCalls implements OnModuleInit, BeforeApplicationShutdown {
  private readonly byUser = new Map<number, Set<Listening>>();
  private readonly subscriptions: Array<() => void> = [];

  constructor(
    private readonly feed: CallFeed,
    private readonly timeline: FeedTimeline,
    private readonly calls: CallList,
    private readonly whereabouts: Whereabouts,
    private readonly credentials: Credentials,
  ) {}

  onModuleInit(): void {
    this.feed.hurriesWhile(() => this.byUser.size > 0);
    this.subscriptions.push(
      this.feed.subscribe((run) => this.tell(run)),
      // Their clients come again with ids of the earlier timeline.
      this.feed.onBreak(() => this.endAll()),
    );
  }

  beforeApplicationShutdown(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.endAll();
  }

  /**
   * Resolves when the missed changes have been sent; new changes follow until the client goes.
   * @param after the last event the client has seen; null: only new changes; `older`: an event that
   *   has no place any more, so the live calls are sent, and then the new changes
   * @throws Problem when the user already has the allowed number of readers
   */
  async open(
    userId: number,
    after: FeedCursor | 'older' | null,
    request: Request,
    response: Response,
  ): Promise<void> {
    // Listening begins before the past is read, so that no change is lost in between.
    const listening = this.enter(userId, after, response);
    const { reader } = listening;
    try {
      // The store is asked before the first byte: if it is unavailable, the answer is a 503, not an
      // empty stream.
      const missed = await this.missedSince(userId, after, listening);
      reader.begin();
      reader.write('retry: 1000\n\n');
      this.lookNowAndThen(request, response, reader);
      if (listening.behind) await this.tellMissed(userId, listening, listening.behind, missed);
    } catch (error) {
      if (!response.headersSent) {
        this.leave(userId, listening);
        throw error;
      }
      // The client reconnects and resumes where it was.
      reader.end();
    }
  }

  private enter(userId: number, after: FeedCursor | 'older' | null, response: Response): Listening {
    const readers = this.byUser.get(userId) ?? new Set();
    if (readers.size >= READERS_PER_USER) {
      throw new Problem(
        'limit_reached',
        `This user has ${READERS_PER_USER} readers of the feed already. Close one of them first.`,
      );
    }
    const listening: Listening = {
      reader: new EventStream(response, () => this.leave(userId, listening)),
      told: FEED_START,
      behind: after === null ? null : { newest: FEED_START },
    };
    if (listening.reader.isOpen) this.byUser.set(userId, readers.add(listening));
    return listening;
  }

  private leave(userId: number, listening: Listening): void {
    const readers = this.byUser.get(userId);
    readers?.delete(listening);
    if (readers?.size === 0) this.byUser.delete(userId);
  }

  private async missedSince(
    userId: number,
    after: FeedCursor | 'older' | null,
    listening: Listening,
  ): Promise<ShownRun[]> {
    if (after === null) return [];
    const from = after === 'older' ? null : await this.placeOf(userId, after);
    if (from) {
      listening.told = from;
      return this.calls.changedSince(userId, from, PAGE);
    }
    // The place is read before the calls: changes in between are sent after them.
    listening.told = await this.calls.settledPlace(userId);
    return this.calls.live(userId, LIVE_MAX);
  }

  /** The place from which a client goes on; null: it has to begin anew. */
  private async placeOf(
    userId: number,
    { timeline, place }: FeedCursor,
  ): Promise<FeedPlace | null> {
    await this.timeline.look();
    // Another server goes on with the store, and what the client has seen may be other changes.
    if (timeline !== this.timeline.current) {
      return this.calls.placeBefore(userId, new Date(Date.now() - TOLD_AGAIN_MS));
    }
    // A place beyond all others comes from before the store was restored to an earlier state.
    return isAfter(place, await this.calls.newestPlace(userId)) ? null : place;
  }

  private endAll(): void {
    for (const listening of [...this.byUser.values()].flatMap((ones) => [...ones])) {
      listening.reader.end();
    }
  }

  /**
   * Sends page by page, each after the client has read the one before, until no newer change is
   * known.
   */
  private async tellMissed(
    userId: number,
    listening: Listening,
    behind: { newest: FeedPlace },
    first: ShownRun[],
  ): Promise<void> {
    const { reader } = listening;
    let missed = first;
    while (reader.isOpen) {
      for (const run of missed) {
        reader.write(this.eventOf(run));
        if (isAfter(run, listening.told)) listening.told = run;
        await reader.drained();
      }
      if (missed.length < PAGE && !isAfter(behind.newest, listening.told)) break;
      if (missed.length === 0) await sleep(LOOK_AGAIN_MS);
      missed = await this.calls.changedSince(userId, listening.told, PAGE);
    }
    listening.behind = null;
  }

  private tell(run: ShownRun): void {
    let event: Buffer | null = null;
    for (const listening of this.byUser.get(run.userId) ?? []) {
      const { behind } = listening;
      if (behind) {
        // Changes of several instances are not published in the order of their places.
        if (isAfter(run, behind.newest)) behind.newest = run;
      } else if (isAfter(run, listening.told)) {
        listening.told = run;
        // All readers share one text and one piece of memory.
        event ??= this.eventOf(run);
        listening.reader.write(event);
      }
    }
  }

  private eventOf(run: ShownRun): Buffer {
    const data = JSON.stringify(callJson(run, this.whereabouts.of(run)));
    return Buffer.from(
      `event: call\nid: ${idOfPlace(this.timeline.current, run)}\ndata: ${data}\n\n`,
    );
  }

  private lookNowAndThen({ headers }: Request, response: Response, reader: EventStream): void {
    if (!reader.isOpen) return;
    const look = async (): Promise<void> => {
      if (!(await this.credentials.identify(headers))) reader.end();
    };
    // A failing store says nothing about the validity of a key.
    const looking = every(LOOK_EVERY_MS, look, () => undefined);
    response.once('close', () => void looking.stop());
  }
}
