import type { ClientBase } from 'pg';

/** Milliseconds after which the server itself gives up; the client has given up before. */
export interface ServerDeadlines {
  statementMs: number;
  idleInTransactionMs: number;
}

/**
 * Whether the session behind this connection is ours alone. A pooler that shares
 * sessions tells its clients a process of its own in place of PostgreSQL's.
 */
export async function isOurs(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { processID: told } = client as unknown as { processID: number };
  return rows[0]?.pid === told;
}

/**
 * As settings of the session they are not sent with the connection: pgbouncer
 * refuses connections that ask for any that it does not track.
 */
export async function setDeadlines(client: ClientBase, deadlines: ServerDeadlines): Promise<void> {
  await client.query(statements('set', deadlines));
}

/** Behind a pooler what is set for a session would stay behind in it for others: it is set in each transaction. */
export function withDeadlines(begin: string, deadlines: ServerDeadlines): string {
  return `${begin}; ${statements('set local', deadlines)}`;
}

export function isBegin(text: string): boolean {
  return /^(begin|start transaction)\b/i.test(text);
}

function statements(set: string, { statementMs, idleInTransactionMs }: ServerDeadlines): string {
  return `${set} statement_timeout = ${statementMs}; ${set} idle_in_transaction_session_timeout = ${idleInTransactionMs}`;
}
