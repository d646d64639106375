import { Client } from 'pg';
import type { OpenConnection } from '../shared/kept-connection.js';

const ANSWERS_WITHIN_MS = 5_000;

/** One connection that listens to channels. It also sends, since it is the one that no pooler shares. */
export class PostgresListener implements OpenConnection {
  readonly over: Promise<void>;
  private readonly client: Client;

  /** @param url must lead past poolers that share connections between transactions */
  constructor(url: string) {
    const client = new Client({
      connectionString: url,
      application_name: 'patchbay bus',
      connectionTimeoutMillis: ANSWERS_WITHIN_MS,
      query_timeout: ANSWERS_WITHIN_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    });
    this.client = client;
    this.over = new Promise((resolve) => {
      client.once('end', resolve);
      // There may be several: the server's reason, and that the connection is gone.
      client.on('error', () => resolve());
    });
  }

  /**
   * Connects and listens.
   *
   * @param channels must need no escape inside double quotes
   * @param heard is called with each notification; its payload may be empty
   * @returns the number of PostgreSQL's process for this connection
   */
  async listen(
    channels: readonly string[],
    heard: (channel: string, payload: string) => void,
  ): Promise<number | null> {
    await this.client.connect();
    this.client.on('notification', ({ channel, payload }) => heard(channel, payload ?? ''));
    for (const channel of channels) await this.client.query(`listen "${channel}"`);
    // A pooler tells another number when the connection is made.
    const { rows } = await this.client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return rows[0]?.pid ?? null;
  }

  /** Sends an empty notification to each channel. Rejects when they were not sent. */
  async nudge(channels: readonly string[]): Promise<void> {
    await this.client.query("select pg_notify(channel, '') from unnest($1::text[]) channel", [
      channels,
    ]);
  }

  async ask(): Promise<void> {
    await this.client.query('select 1');
  }

  destroy(): void {
    this.client.connection.stream.destroy();
  }
}
