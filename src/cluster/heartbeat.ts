import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { unlessUnavailable } from '../database/store-errors.js';
import { Draining } from '../shared/draining.js';
import { Log } from '../shared/logger.js';
import { Cluster, type Member } from './cluster.js';
import { Instance } from './instance.js';
import { BEAT_MS, Leases, REPEAT_BEAT_MS } from './leases.js';
import { Presence } from './presence.js';

/** Shows the other instances that this one is alive until it has stopped, and sees them. */
@Injectable()
export class Heartbeat extends Cluster implements OnModuleInit, BeforeApplicationShutdown {
  private known: readonly Member[] = [];
  private living: ReadonlySet<string> = new Set();
  private hasSeenOther = false;
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | null = null;
  private beating: Promise<void> | null = null;
  private stopped = false;
  private readonly noteFailed = unlessUnavailable((error) => {
    this.log.error('heartbeat.failed', { error });
  });

  constructor(
    private readonly leases: Leases,
    private readonly instance: Instance,
    private readonly presence: Presence,
    private readonly draining: Draining,
    private readonly log: Log,
  ) {
    super();
  }

  /**
   * The first beat comes before anything of this process writes to the store, so that the others
   * know of it by then.
   */
  async onModuleInit(): Promise<void> {
    this.draining.onPhase(() => this.announce());
    await this.beat();
  }

  /**
   * A global module's turn comes last, so the drain is over: as long as calls go on here, nobody
   * takes them over.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.beating;
    await this.leases.leave().catch(this.noteFailed);
  }

  members(): readonly Member[] {
    return this.known;
  }

  isAlive(instanceId: string): boolean {
    return instanceId === this.instance.id || this.living.has(instanceId);
  }

  get isAlone(): boolean {
    return !this.hasSeenOther;
  }

  get hasReadyOther(): boolean {
    return this.known.some(
      ({ id, state, streams, capacity }) =>
        id !== this.instance.id && state === 'ready' && (streams < capacity || capacity === 0),
    );
  }

  get fenced(): boolean {
    return this.leases.fenced;
  }

  get mayTakeOver(): boolean {
    return this.leases.mayTakeOver;
  }

  get leaseAgeMs(): number {
    return this.leases.ageMs;
  }

  onUnfenced(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  announce(): void {
    void this.beat();
  }

  /** Beats once; the next beat follows by itself. A beat that is under way is followed by another. */
  private async beat(): Promise<void> {
    const previous = this.beating;
    const work = (previous ?? Promise.resolve()).then(() => this.beatOnce());
    this.beating = work;
    await work;
    if (this.beating === work) this.beating = null;
  }

  private async beatOnce(): Promise<void> {
    if (this.stopped) return;
    if (this.timer) clearTimeout(this.timer);
    let pauseMs = BEAT_MS;
    try {
      const wasFenced = this.leases.fenced;
      this.see(await this.leases.beat(this.presence.facts()));
      if (wasFenced) this.tellUnfenced();
    } catch (error) {
      pauseMs = REPEAT_BEAT_MS;
      this.noteFailed(error);
    }
    // The pause begins when the beat has ended, so a slow store is not asked more often.
    if (!this.stopped) this.timer = setTimeout(() => void this.beat(), pauseMs);
  }

  private see(members: readonly Member[]): void {
    this.known = members;
    this.living = new Set(members.map(({ id }) => id));
    this.hasSeenOther ||= members.some(({ id }) => id !== this.instance.id);
  }

  private tellUnfenced(): void {
    this.log.warn('instance.unfenced');
    for (const listener of this.listeners) {
      try {
        listener();
      } catch (error) {
        this.log.error('instance.unfenced_failed', { error });
      }
    }
  }
}
