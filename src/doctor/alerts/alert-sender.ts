import { Injectable } from '@nestjs/common';
import { AlertMetrics } from '../../shared/metrics/alert-metrics.js';
import { Clock } from '../../shared/clock.js';
import { Log } from '../../shared/logger.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import type { AlertBook, AlertMessage, ChannelName, Delivery } from './alert-book.js';
import { AlertBooks } from './alert-books.js';
import { AlertChannels } from './alert-channels.js';
import type { AlertChannel, Told } from './alert-channel.js';
import { textOf } from './alert-text.js';
import { nextTry } from './next-try.js';

/** Takes messages of the book to their channels, and notes in the book what became of them. */
@Injectable()
export class AlertSender {
  constructor(
    private readonly channels: AlertChannels,
    private readonly books: AlertBooks,
    private readonly origin: PublicOrigin,
    private readonly clock: Clock,
    private readonly metrics: AlertMetrics,
    private readonly log: Log,
  ) {}

  /** Sends what is due, oldest first. A channel that fails is left alone until its next try is due. */
  async sendDue(book: AlertBook, stopping: AbortSignal): Promise<void> {
    await Promise.all(
      this.channels.list.map(async (channel) => {
        for (const message of book.messages) {
          if (stopping.aborted) return;
          if (!this.isDue(message, channel.name)) continue;
          const { deliveredAt, nextAt } = await this.send(channel, message, stopping);
          if (deliveredAt === null && nextAt !== null) return;
        }
      }),
    );
  }

  /** Makes one try and notes it; a test message is not tried again. */
  async send(
    channel: AlertChannel,
    message: AlertMessage,
    stopping: AbortSignal,
  ): Promise<Delivery> {
    const { name } = channel;
    const told = await this.tryIt(channel, message, stopping);
    const before = deliveryOf(message, name) ?? {
      channel: name,
      attempts: 0,
      nextAt: null,
      deliveredAt: null,
      error: null,
    };
    // Our own stop cut it off, which says nothing about the channel: it stays due.
    if (!told.delivered && stopping.aborted) return before;
    const now = this.clock.now().getTime();
    const attempts = before.attempts + 1;
    const after: Delivery = {
      channel: name,
      attempts,
      nextAt: told.delivered || message.kind === 'test' ? null : nextTry(attempts, message.at, now),
      deliveredAt: told.delivered ? now : null,
      error: told.problem,
    };
    this.note(message, after);
    await this.books.change((book) => withDelivery(book, message.id, after));
    return after;
  }

  private async tryIt(
    channel: AlertChannel,
    message: AlertMessage,
    stopping: AbortSignal,
  ): Promise<Told> {
    try {
      return await channel.send(message, textOf(message, this.publicUrl()), stopping);
    } catch (error) {
      this.log.error('alert.broke', { channel: channel.name, error });
      return { delivered: false, problem: 'the message could not be made: see the log' };
    }
  }

  /** The simulated carrier's own origin leads nobody anywhere. */
  private publicUrl(): string | null {
    const { origin, source } = this.origin.report();
    return source === 'simulated' ? null : origin;
  }

  private note(message: AlertMessage, { channel, attempts, nextAt, deliveredAt, error }: Delivery) {
    const failed = nextAt === null ? 'given_up' : 'failed';
    this.metrics.messages.add({ channel, result: deliveredAt === null ? failed : 'delivered' });
    const fields = { alert_id: message.id, kind: message.kind, channel, attempts };
    if (deliveredAt !== null) this.log.info('alert.delivered', fields);
    else this.log.warn('alert.failed', { ...fields, reason: error, gives_up: nextAt === null });
  }

  private isDue(message: AlertMessage, channel: ChannelName): boolean {
    const { nextAt = null } = deliveryOf(message, channel) ?? {};
    return nextAt !== null && nextAt <= this.clock.now().getTime();
  }
}

function deliveryOf({ deliveries }: AlertMessage, name: ChannelName): Delivery | undefined {
  return deliveries.find(({ channel }) => channel === name);
}

function withDelivery(book: AlertBook, id: string, after: Delivery): AlertBook {
  const messages = book.messages.map((message) =>
    message.id === id
      ? {
          ...message,
          deliveries: message.deliveries.map((one) =>
            one.channel === after.channel ? after : one,
          ),
        }
      : message,
  );
  return { ...book, messages };
}
