import { randomUUID } from 'node:crypto';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { sql } from 'kysely';
import type { Database } from '../database/database.js';
import { PostgresListener } from '../database/postgres-listener.js';
import type { Log } from '../shared/logger.js';
import { LATE, within } from '../shared/within.js';
import { Bus, type NudgeTarget } from './bus.js';
import { NudgeListeners, type NudgeKind } from './nudge-listeners.js';
import { NudgeQueue } from './nudge-queue.js';

const FEED = 'pb_feed';
/** How long a nudge to ourselves may take after the connection was made. */
const HEARS_WITHIN_MS = 5_000;

/**
 * Nudges by `NOTIFY`, over one connection of its own that also listens. They are sent as
 * statements of their own after the commit that they are about: inside a transaction, `NOTIFY`
 * makes all commits of the server wait for each other.
 */
export class PostgresBus extends Bus implements OnModuleInit, OnApplicationShutdown {
  private readonly ours: string;
  private readonly listeners: NudgeListeners;
  private readonly connection: PostgresListener;
  private readonly queue: NudgeQueue;
  /** Called with the payload of a nudge that has one: those of {@link roundTrip}. */
  private readonly expected = new Map<string, () => void>();

  /** @param url must lead past poolers that share connections between transactions */
  constructor(
    url: string,
    instanceId: string,
    private readonly database: Database,
    private readonly log: Log,
  ) {
    super();
    this.ours = channelOf(instanceId);
    this.listeners = new NudgeListeners(log);
    this.connection = new PostgresListener(url, [this.ours, FEED], {
      heard: (channel, payload) => this.hear(channel, payload),
      connected: () => {
        this.listeners.tellAll();
        void this.checkHearing();
      },
      log,
    });
    this.queue = new NudgeQueue((channels) => this.connection.notify(channels));
  }

  onModuleInit(): void {
    this.connection.open();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }

  nudge(target: NudgeTarget): void {
    this.queue.add(target === 'feed' ? FEED : channelOf(target.instance));
  }

  onNudge(target: NudgeKind, listener: () => void): () => void {
    return this.listeners.add(target, listener);
  }

  /** Sent by the pool, so that it arrives only if the connection that listens is a session of ours. */
  async roundTrip(withinMs: number): Promise<number | null> {
    const payload = randomUUID();
    const began = performance.now();
    const heard = new Promise<void>((resolve) => this.expected.set(payload, resolve));
    const reached = within(withinMs, heard);
    try {
      await this.database.read((db) => sql`select pg_notify(${this.ours}, ${payload})`.execute(db));
      return (await reached) === LATE ? null : performance.now() - began;
    } catch {
      return null;
    } finally {
      this.expected.delete(payload);
    }
  }

  private hear(channel: string, payload: string): void {
    if (payload !== '') this.expected.get(payload)?.();
    else this.listeners.tell(channel === FEED ? 'feed' : 'instance');
  }

  /** A pooler that shares connections accepts `LISTEN` and passes nothing on, without an error. */
  private async checkHearing(): Promise<void> {
    if ((await this.roundTrip(HEARS_WITHIN_MS)) !== null || !this.connection.isOpen) return;
    this.log.warn('bus.deaf', {
      reason: 'PostgreSQL accepts LISTEN but no notification arrives',
      fix: 'set DATABASE_DIRECT_URL to the address of PostgreSQL itself, past the pooler',
    });
  }
}

function channelOf(instanceId: string): string {
  return `pb_${instanceId}`;
}
