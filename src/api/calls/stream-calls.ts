import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CallFeed } from '../../calls/ledger/call-feed.js';
import { callJson } from '../../calls/call-json.js';
import { CallList } from '../../calls/ledger/call-list.js';
import type { ShownRun } from '../../calls/ledger/call-run.js';
import { FEED_START, isAfter, placeId, type FeedPlace } from '../../calls/ledger/feed-place.js';
import { LiveSessions } from '../../calls/streams/live-sessions.js';
import { EventStream } from '../../shared/event-stream.js';
import { every } from '../../shared/every.js';
import { Problem } from '../../shared/problem.js';
import { Credentials } from '../../tenants/credentials.js';

/** A key or session that is not valid any more ends its streams so soon. */
const LOOK_EVERY_MS = 5_000;
/** Runs that are held at a time for a reader that is told what it missed. */
const PAGE = 50;
const READERS_PER_USER = 20;
/** Live calls with which a reader begins whose last id says nothing any more. */
const LIVE_MAX = 1_000;
/** How long a change that another transaction may still overtake is left alone before it is looked for again. */
const LOOK_AGAIN_MS = 50;

/** A reader, and how far it has been told. */
interface Listening {
  reader: EventStream;
  /** The place it was told last. */
  told: FeedPlace;
  /** While it is told what it missed: the newest place that it has to get to. Null: it is told at once. */
  behind: { newest: FeedPlace } | null;
}

/** Tells every change of one user's calls as server-sent events, as long as the client listens. */
@Injectable()
export class StreamCalls implements OnModuleInit, BeforeApplicationShutdown {
  private readonly byUser = new Map<number, Set<Listening>>();
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly feed: CallFeed,
    private readonly calls: CallList,
    private readonly sessions: LiveSessions,
    private readonly credentials: Credentials,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.feed.subscribe((run) => this.tell(run));
  }

  beforeApplicationShutdown(): void {
    this.unsubscribe();
    for (const listening of [...this.byUser.values()].flatMap((ones) => [...ones])) {
      listening.reader.end();
    }
  }

  /**
   * Resolves when what was missed has been told; changes follow until the client goes.
   * @param after the last event the client has seen; null: only what is new; `older`: an
   *   event that has no place any more, so the live calls are told, and then what is new
   * @throws Problem when the user has as many readers as allowed
   */
  async open(
    userId: number,
    after: FeedPlace | 'older' | null,
    request: Request,
    response: Response,
  ): Promise<void> {
    // Listening begins before the past is read, so that nothing falls in between.
    const listening = this.enter(userId, after, response);
    const { reader } = listening;
    try {
      // Asked before the first byte: a store that is away is a 503, not an empty stream.
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
      // It resumes where it was.
      reader.end();
    }
  }

  private enter(userId: number, after: FeedPlace | 'older' | null, response: Response): Listening {
    const readers = this.byUser.get(userId) ?? new Set();
    if (readers.size >= READERS_PER_USER) {
      throw new Problem(
        'limit_reached',
        `This user has ${READERS_PER_USER} readers of the feed already. Close one of them first.`,
      );
    }
    const listening: Listening = {
      reader: new EventStream(response, () => this.leave(userId, listening)),
      told: after === null || after === 'older' ? FEED_START : after,
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
    after: FeedPlace | 'older' | null,
    listening: Listening,
  ): Promise<ShownRun[]> {
    if (after === null) return [];
    const newest = await this.calls.newestPlace(userId);
    // A place behind all others is of a store that was put back to an earlier state.
    if (after !== 'older' && !isAfter(after, newest)) {
      return this.calls.changedSince(userId, after, PAGE);
    }
    // Asked before the calls are read: what changes in between is told after them.
    listening.told = newest;
    return this.calls.live(userId, LIVE_MAX);
  }

  /** Page by page, each once the client has read the one before, until no newer change is known. */
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
      if (listening.behind) {
        listening.behind.newest = run;
      } else if (isAfter(run, listening.told)) {
        listening.told = run;
        // One text, and one piece of memory, for all readers.
        event ??= this.eventOf(run);
        listening.reader.write(event);
      }
    }
  }

  private eventOf(run: ShownRun): Buffer {
    const data = JSON.stringify(callJson(run, this.sessions.find(run.runId) !== null));
    return Buffer.from(`event: call\nid: ${placeId(run)}\ndata: ${data}\n\n`);
  }

  private lookNowAndThen({ headers }: Request, response: Response, reader: EventStream): void {
    if (!reader.isOpen) return;
    const look = async (): Promise<void> => {
      if (!(await this.credentials.identify(headers))) reader.end();
    };
    // A store that is away says nothing about a key.
    const looking = every(LOOK_EVERY_MS, look, () => undefined);
    response.once('close', () => void looking.stop());
  }
}
