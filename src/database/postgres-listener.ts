import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Log } from '../shared/logger.js';
import { LATE, within } from '../shared/within.js';

const ANSWERS_WITHIN_MS = 5_000;
/** How often the connection is asked whether it still answers. */
const LOOK_EVERY_MS = 15_000;
/** Pauses before further attempts to connect: doubled after each that fails. */
const PAUSE_MIN_MS = 250;
const PAUSE_MAX_MS = 5_000;

export interface ListenerEvents {
  /** A notification on one of the channels; the payload may be empty. */
  heard: (channel: string, payload: string) => void;
  /** The connection listens again, or for the first time: what was sent before was not heard. */
  connected: () => void;
  log: Log;
}

/**
 * One connection that listens to channels for as long as it is open, and is built again whenever
 * it is lost. It also sends, since it is the one connection that no pooler shares.
 */
export class PostgresListener {
  /** The connection that listens, and the one that is being built, or listens. */
  private client: Client | null = null;
  private latest: Client | null = null;
  private readonly closing = new AbortController();
  private work: Promise<void> | null = null;

  /** @param channels must need no escape inside double quotes */
  constructor(
    private readonly url: string,
    private readonly channels: readonly string[],
    private readonly events: ListenerEvents,
  ) {}

  /** Whether it listens at this moment, as far as is known. */
  get isOpen(): boolean {
    return this.client !== null;
  }

  /** Connects in the background. */
  open(): void {
    this.work = this.keepListening();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.latest?.connection.stream.destroy();
    await this.work;
  }

  /** Sends an empty notification to each channel. Rejects when they were not sent. */
  async notify(channels: readonly string[]): Promise<void> {
    if (!this.client) throw new Error('not connected');
    await this.client.query("select pg_notify(channel, '') from unnest($1::text[]) channel", [
      channels,
    ]);
  }

  private async keepListening(): Promise<void> {
    const { signal } = this.closing;
    let pauseMs = PAUSE_MIN_MS;
    let wasLost = false;
    while (!signal.aborted) {
      const client = this.newClient();
      this.latest = client;
      const over = new Promise<void>((resolve) => {
        client.once('end', resolve);
        // There may be several: the server's reason, and that the connection is gone.
        client.on('error', () => resolve());
      });
      try {
        await this.listen(client);
        if (wasLost) this.events.log.info('bus.back');
        wasLost = false;
        pauseMs = PAUSE_MIN_MS;
        this.events.connected();
        await this.watch(client, over);
      } catch (error) {
        if (!wasLost && !signal.aborted) this.events.log.warn('bus.lost', { error: codeOf(error) });
        wasLost = true;
      }
      this.client = null;
      client.connection.stream.destroy();
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
    }
  }

  private newClient(): Client {
    return new Client({
      connectionString: this.url,
      application_name: 'patchbay bus',
      connectionTimeoutMillis: ANSWERS_WITHIN_MS,
      query_timeout: ANSWERS_WITHIN_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    });
  }

  private async listen(client: Client): Promise<void> {
    await client.connect();
    client.on('notification', ({ channel, payload }) => {
      this.events.heard(channel, payload ?? '');
    });
    for (const channel of this.channels) await client.query(`listen "${channel}"`);
    this.client = client;
  }

  /** Rejects when the connection is over, or does not answer any more. */
  private async watch(client: Client, over: Promise<void>): Promise<never> {
    while ((await within(LOOK_EVERY_MS, over)) === LATE) await client.query('select 1');
    throw new Error('the connection was lost');
  }
}

/** The message may quote the connection string. */
function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : 'lost';
}
