import { randomUUID } from 'node:crypto';
import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Instance } from '../../cluster/instance.js';
import { Leases } from '../../cluster/leases.js';
import { isUnavailable } from '../../database/store-errors.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Clock } from '../../shared/clock.js';
import { every, type Loop } from '../../shared/every.js';
import { Log } from '../../shared/logger.js';
import { AlertMetrics } from '../../shared/metrics/alert-metrics.js';
import { Doctor, type Diagnosis } from '../doctor.js';
import { newMessage, withMessage, type AlertBook, type AlertMessage } from './alert-book.js';
import { AlertBooks } from './alert-books.js';
import { AlertChannels } from './alert-channels.js';
import { AlertSender } from './alert-sender.js';
import { AlertSettings } from './alerts.variables.js';
import { judgeRound, type News } from './standings.js';

const JOB = 'alerts';
/** A round takes no longer, with all that is told in it. */
const ROUND_MS = 120_000;
/**
 * While the store is away, the instance that watched goes on. It may be gone with the store, so after
 * this many more rounds the others tell too: twice is better than never.
 */
const OTHERS_WAIT_ROUNDS = 5;

type Turn = 'ours' | 'anothers' | 'unknown';

/** Looks at the quick checks regularly, at one instance for all, and tells people what has turned. */
@Injectable()
export class AlertWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | null = null;
  private readonly stopping = new AbortController();
  private wasOurs = false;
  private roundsAway = 0;

  constructor(
    private readonly settings: AlertSettings,
    private readonly channels: AlertChannels,
    private readonly doctor: Doctor,
    private readonly books: AlertBooks,
    private readonly sender: AlertSender,
    private readonly leases: Leases,
    private readonly providers: ProviderRegistry,
    private readonly instance: Instance,
    private readonly clock: Clock,
    private readonly metrics: AlertMetrics,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.channels.list.length === 0) return;
    this.loop = every(
      this.settings.everySeconds * 1000,
      () => this.round(),
      (error) => this.log.error('alerts.failed', { error }),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.loop?.stop();
  }

  /** One round: looks, notes, tells. Called by the loop alone, and never twice at a time. */
  async round(): Promise<void> {
    const turn = await this.turn();
    // Keeps what is known of the book fresh, for when the store is away.
    const known = await this.books.read();
    if (turn === 'anothers') {
      this.wasOurs = false;
      this.roundsAway = 0;
      this.metrics.checksDown = null;
      return;
    }
    const diagnosis = await this.doctor.quick();
    // What was ended early is no finding.
    if (this.stopping.signal.aborted) return;
    if (turn === 'ours') {
      this.wasOurs = true;
      this.roundsAway = 0;
    } else if (!this.maySpeakAlone(diagnosis)) {
      return;
    }
    const book = await this.judge(diagnosis, turn, known);
    await this.sender.sendDue(book, this.stopping.signal);
  }

  private async turn(): Promise<Turn> {
    // Nobody can say while our way to the store is not sure.
    if (this.leases.fenced) return 'unknown';
    try {
      const lease = 2 * this.settings.everySeconds * 1000 + ROUND_MS;
      return (await this.leases.takeJob(JOB, lease)) ? 'ours' : 'anothers';
    } catch (error) {
      if (isUnavailable(error)) return 'unknown';
      throw error;
    }
  }

  private maySpeakAlone({ checks }: Diagnosis): boolean {
    const isAway = checks.some(({ name, status }) => name === 'store' && status === 'down');
    if (!isAway) return false;
    this.roundsAway += 1;
    return this.wasOurs || this.roundsAway > OTHERS_WAIT_ROUNDS;
  }

  private async judge({ checks }: Diagnosis, turn: Turn, known: AlertBook): Promise<AlertBook> {
    this.metrics.checksDown = checks.filter(({ status }) => status === 'down').length;
    const quietMs = this.settings.quietSeconds * 1000;
    const round = { now: this.clock.now().getTime(), quietMs, results: checks };
    const id = randomUUID();
    const { standings, news } = judgeRound(known.standings, round);
    if (news.length === 0 && isSame(standings, known.standings)) return known;
    for (const { change, check } of news) this.log.warn(`alert.${change}`, { check, alert_id: id });
    return this.books.change((book) => {
      const judged = judgeRound(book.standings, round);
      const next = { ...book, standings: judged.standings };
      return judged.news.length === 0
        ? next
        : withMessage(next, this.message(id, round.now, judged.news, turn === 'unknown'));
    });
  }

  private message(id: string, at: number, news: News[], alone: boolean): AlertMessage {
    const accounts = this.providers.enabled();
    const simulated = accounts.length > 0 && accounts.every((account) => account.simulated);
    const fields = { id, at, kind: 'news' as const, news, simulated, alone };
    const names = this.channels.list.map(({ name }) => name);
    return newMessage({ ...fields, instance: this.instance.name }, names);
  }

  /**
   * Tells that this is a test, by every channel, once each.
   * @returns the message with what became of it
   */
  async test(): Promise<AlertMessage> {
    const made = this.message(randomUUID(), this.clock.now().getTime(), [], false);
    const message: AlertMessage = {
      ...made,
      kind: 'test',
      // It is sent here and now, and not by the round of whichever instance watches.
      deliveries: made.deliveries.map((delivery) => ({ ...delivery, nextAt: null })),
    };
    await this.books.change((book) => withMessage(book, message));
    const { signal } = this.stopping;
    const send = (channel: (typeof this.channels.list)[number]) =>
      this.sender.send(channel, message, signal);
    return { ...message, deliveries: await Promise.all(this.channels.list.map(send)) };
  }
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
