import { randomUUID } from 'node:crypto';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { KeptConnection, type OpenConnection } from '../shared/kept-connection.js';
import type { Log } from '../shared/logger.js';
import { codeOf } from '../shared/start-error.js';
import { LATE, within } from '../shared/within.js';
import { Bus, type NudgeTarget } from './bus.js';
import { NudgeListeners, type NudgeKind } from './nudge-listeners.js';
import { NudgeQueue } from './nudge-queue.js';

/** How long a nudge to ourselves may take after the connection was made. */
const HEARS_WITHIN_MS = 5_000;

/** A connection that hears what is sent to our channels. */
export interface NudgeConnection extends OpenConnection {
  /** Sends an empty message to each channel. Rejects when they were not sent. */
  nudge(channels: readonly string[]): Promise<void>;
}

/** How the channels are called. */
export interface Channels {
  feed: string;
  of: (instanceId: string) => string;
}

/**
 * Nudges over one connection that listens and sends, and is made again whenever it is lost. Each
 * loss is in the log once, with what follows: `bus.lost`, `bus.back`.
 */
export abstract class ConnectedBus<C extends NudgeConnection = NudgeConnection>
  extends Bus
  implements OnModuleInit, OnApplicationShutdown
{
  abstract override readonly deafness: { reason: string; fix: string };

  protected readonly ours: string;
  protected readonly connection: KeptConnection<C>;
  private readonly listeners: NudgeListeners;
  private readonly queue: NudgeQueue;
  /** Called with the payload of a message that has one: those of {@link roundTrip}. */
  private readonly expected = new Map<string, () => void>();
  /** The connection over which a nudge to ourselves has come. */
  private heardOver: C | null = null;

  /** @param via what carries the nudges, for the log */
  constructor(
    instanceId: string,
    protected readonly channels: Channels,
    via: string,
    private readonly log: Log,
  ) {
    super();
    this.ours = channels.of(instanceId);
    this.listeners = new NudgeListeners(log);
    this.connection = new KeptConnection((closing) => this.connect(closing), {
      connected: () => {
        this.listeners.tellAll();
        void this.checkHearing();
      },
      lost: (error) => log.warn('bus.lost', { via, error: inAWord(error) }),
      back: () => log.info('bus.back', { via }),
    });
    this.queue = new NudgeQueue(async (names) => this.connection.current?.nudge(names));
  }

  /**
   * Connects, and tells {@link hear} what is sent to our channel and that of the feed. Rejects
   * within seconds where that is not possible; sooner when the signal aborts.
   */
  protected abstract connect(closing: AbortSignal): Promise<C>;

  /** Sends a message to our own channel by the way that the nudges of others take. */
  protected abstract echo(payload: string): Promise<void>;

  onModuleInit(): void {
    this.connection.open();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }

  get hears(): boolean {
    const { current } = this.connection;
    return current !== null && current === this.heardOver;
  }

  nudge(target: NudgeTarget): void {
    const { feed, of } = this.channels;
    this.queue.add(target === 'feed' ? feed : of(target.instance));
  }

  onNudge(target: NudgeKind, listener: () => void): () => void {
    return this.listeners.add(target, listener);
  }

  async roundTrip(withinMs: number): Promise<number | null> {
    const { current } = this.connection;
    if (current === null) return null;
    const payload = randomUUID();
    const began = performance.now();
    const heard = new Promise<void>((resolve) => this.expected.set(payload, resolve));
    const reached = within(withinMs, heard);
    try {
      await this.echo(payload);
      if ((await reached) === LATE) return null;
      this.heardOver = current;
      return performance.now() - began;
    } catch {
      return null;
    } finally {
      this.expected.delete(payload);
    }
  }

  protected hear(channel: string, payload: string): void {
    if (payload !== '') this.expected.get(payload)?.();
    else this.listeners.tell(channel === this.channels.feed ? 'feed' : 'instance');
  }

  private async checkHearing(): Promise<void> {
    if ((await this.roundTrip(HEARS_WITHIN_MS)) === null && this.connection.current) {
      this.log.warn('bus.deaf', this.deafness);
    }
  }
}

/** The message may quote the URL. */
function inAWord(error: unknown): string {
  const { cause, name } = Object(error) as { cause?: unknown; name?: unknown };
  const kind = typeof name === 'string' && name !== 'Error' ? name : 'lost';
  return codeOf(error) || codeOf(cause) || kind;
}
