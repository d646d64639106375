import { Client } from 'pg';

/** What a database has done so far. */
export interface StoreCounts {
  /** Transactions that were committed, those that only read included. */
  commits: number;
  /** Transactions that wrote something. */
  writes: number;
  /** Nudges of the feed of calls, as one who listens hears them. */
  nudges: number;
}

/** PostgreSQL reports what a session has done about once a second. */
export const REPORTED_MS = 2_500;

/** Counts what is done in one database. Its own queries run in another one of the same server. */
export class StoreWatch {
  private nudges = 0;

  private constructor(
    private readonly beside: Client,
    private readonly listener: Client,
    private readonly name: string,
  ) {
    listener.on('notification', () => (this.nudges += 1));
  }

  /** @param url of the database; `besideUrl` of another one */
  static async start(url: string, besideUrl: string): Promise<StoreWatch> {
    const [beside, listener] = [new Client(besideUrl), new Client(url)];
    await Promise.all([beside.connect(), listener.connect()]);
    await listener.query('listen pb_feed');
    return new StoreWatch(beside, listener, new URL(url).pathname.slice(1));
  }

  /** Asked for when nothing was done for {@link REPORTED_MS}, or where that does not matter. */
  async counts(): Promise<StoreCounts> {
    const { rows } = await this.beside.query<{ commits: string; xids: string }>(
      `select xact_commit as commits, pg_snapshot_xmax(pg_current_snapshot())::text as xids
        from pg_stat_database where datname = $1`,
      [this.name],
    );
    const [row] = rows;
    return { commits: Number(row?.commits), writes: Number(row?.xids), nudges: this.nudges };
  }

  async stop(): Promise<void> {
    await Promise.all([this.beside.end(), this.listener.end()]);
  }
}

/** A database of its own on the server, empty. */
export async function withDatabase<T>(
  serverUrl: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const name = `patchbay_bench_${process.pid}`;
  const client = new Client(serverUrl);
  await client.connect();
  await client.query(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  try {
    return await work(url.href);
  } finally {
    await client.query(`drop database ${name} with (force)`);
    await client.end();
  }
}
