import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Bus } from '../../cluster/bus.js';
import { Cluster } from '../../cluster/cluster.js';
import { NudgeQueue } from '../../cluster/nudge-queue.js';
import { Database } from '../../database/database.js';
import { unlessUnavailable } from '../../database/store-errors.js';
import { Log } from '../../shared/logger.js';
import { within } from '../../shared/within.js';
import { CallFeed } from './call-feed.js';
import { CallList } from './call-list.js';
import { isAfter, TOLD_AGAIN_MS, type FeedPlace } from './feed-place.js';
import { FeedTimeline } from './feed-timeline.js';

/** How often the store is asked without a nudge; and while no other instance is known. */
const LOOK_EVERY_MS = 250;
const ALONE_EVERY_MS = 2_000;
/** The shortest pause between two looks: under load, one finds the changes of several commits. */
const PAUSE_MS = 20;
/** After a nudge, how often what a slower transaction may still precede is looked for again. */
const LOOKS_AFTER_NUDGE = 5;
const PAGE = 200;
/**
 * At most one nudge in this time: each reaches every instance, so that one for each commit would be
 * calls × instances.
 */
const NUDGE_EVERY_MS = 100;

/**
 * Publishes the changes that all instances commit, from the store, in the order of their places.
 * A change is told when no transaction can come before it any more; see `Engine.horizon`.
 *
 * Beside other instances, commits are looked for at once only while somebody waits for them: each
 * nudge reaches every instance.
 */
@Injectable()
export class FeedReader implements OnModuleInit, BeforeApplicationShutdown {
  /** The last change that was published; null: not known, as the store was away at the start. */
  private place: FeedPlace | null = null;
  /** The newest place that this instance has committed. */
  private committed: FeedPlace | null = null;
  private isTimelineDue = false;
  private isBroken = false;
  private looksLeft = 0;
  private stopped = false;
  private wake: () => void = () => undefined;
  private work: Promise<void> = Promise.resolve();
  private readonly nudges = new NudgeQueue<'feed'>(
    () => Promise.resolve(this.bus.nudge('feed')),
    NUDGE_EVERY_MS,
  );
  private readonly subscriptions: Array<() => void> = [];
  private readonly noteFailed = unlessUnavailable((error) => {
    this.log.error('feed.failed', { error });
  });

  constructor(
    private readonly database: Database,
    private readonly calls: CallList,
    private readonly timeline: FeedTimeline,
    private readonly feed: CallFeed,
    private readonly bus: Bus,
    private readonly cluster: Cluster,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.database.exclusive) return;
    await this.begin().catch(this.noteFailed);
    this.feed.readBy((place) => {
      this.committed = place;
      this.changed();
      if (!this.cluster.isAlone) this.nudges.add('feed');
    });
    this.subscriptions.push(
      this.bus.onNudge('feed', () => this.changed()),
      this.feed.onBreak(() => {
        this.isBroken = true;
        this.nudged();
      }),
    );
    this.work = this.keepReading();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.stopped = true;
    this.wake();
    await this.work;
  }

  /** Somebody has committed. */
  private changed(): void {
    if (this.cluster.isAlone || this.feed.isAwaited) this.nudged();
  }

  private nudged(): void {
    this.looksLeft = LOOKS_AFTER_NUDGE;
    this.wake();
  }

  private async keepReading(): Promise<void> {
    while (!this.stopped) {
      const pause = new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      try {
        if (await this.lookOnce()) this.looksLeft = 0;
      } catch (error) {
        // Another server may answer next.
        this.isTimelineDue = true;
        this.noteFailed(error);
      }
      await pause;
      if (this.looksLeft > 0) this.looksLeft -= 1;
      else await this.untilWoken();
    }
  }

  private get expectsNothing(): boolean {
    if (!this.cluster.isAlone || this.place === null) return false;
    return this.committed === null || !isAfter(this.committed, this.place);
  }

  private async untilWoken(): Promise<void> {
    if (this.stopped) return;
    const patienceMs = this.expectsNothing ? ALONE_EVERY_MS : LOOK_EVERY_MS;
    await within(patienceMs, new Promise<void>((resolve) => (this.wake = resolve)));
    this.wake = () => undefined;
  }

  /** Returns whether there were changes. */
  private async lookOnce(): Promise<boolean> {
    if (this.isTimelineDue) await this.timeline.look();
    this.isTimelineDue = false;
    if (this.isBroken) await this.rewind();
    let place = this.place ?? (await this.begin());
    for (let found = false; ; found = true) {
      const changed = await this.calls.changedSince(null, place, PAGE);
      for (const run of changed) {
        this.feed.publish(run);
        place = run;
      }
      this.place = place;
      if (changed.length < PAGE) return found || changed.length > 0;
    }
  }

  private async begin(): Promise<FeedPlace> {
    this.place = await this.calls.settledPlace(null);
    return this.place;
  }

  private async rewind(): Promise<void> {
    this.place = await this.calls.placeBefore(null, new Date(Date.now() - TOLD_AGAIN_MS));
    this.isBroken = false;
  }
}
