import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { until } from './patience.js';
import { startPostgresOn, type PostgresServer } from './postgres-server.js';

export interface Standby extends PostgresServer {
  /** Makes it the primary; resolves when it takes writes. */
  promote(): Promise<void>;
}

/** What belongs to the running server whose data is copied, and not to its data. */
const NOT_COPIED = ['postmaster.pid', 'postmaster.opts'];

/**
 * A standby that follows `primary`, and for which from now on each commit of the primary waits
 * (`synchronous_standby_names`), so that none that was acknowledged is lost with the primary.
 */
export async function startSynchronousStandby(primary: PostgresServer): Promise<Standby> {
  const standby = await startPostgresOn((data) => copyOf(primary, data));
  await onServer(primary.url(), async (client) => {
    await client.query("alter system set synchronous_standby_names = '*'");
    await client.query('select pg_reload_conf()');
    await until(async () => {
      const query = "select from pg_stat_replication where sync_state = 'sync'";
      return (await client.query(query)).rowCount === 1;
    }, 'the standby is synchronous');
  });
  return Object.assign(standby, {
    promote: () =>
      onServer(standby.url(), async (client) => {
        await client.query('select pg_promote(true)');
      }),
  });
}

/** By PostgreSQL's own steps for a copy of a running server ("Making a Base Backup Using the Low Level API"). */
async function copyOf(primary: PostgresServer, data: string): Promise<void> {
  await onServer(primary.url(), async (client) => {
    await client.query("select pg_backup_start('standby', true)");
    execFileSync('cp', ['--archive', primary.data, data]);
    const { rows } = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop()',
    );
    await writeFile(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
  });
  for (const name of NOT_COPIED) await rm(join(data, name), { force: true });
  const log = join(data, 'pg_wal');
  for (const name of await readdir(log)) await rm(join(log, name), { recursive: true });
  await mkdir(join(log, 'archive_status'));
  await writeFile(join(data, 'standby.signal'), '');
  await appendFile(
    join(data, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres'\n`,
  );
  execFileSync('chown', ['--recursive', `--reference=${primary.data}`, data]);
}

async function onServer<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
