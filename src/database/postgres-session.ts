import type { ClientBase } from 'pg';

/** Milliseconds after which the server itself gives up; the client gives up earlier. */
export interface ServerDeadlines {
  statementMs: number;
  idleInTransactionMs: number;
}

/**
 * Whether the session behind this connection is ours alone. A pooler that shares
 * sessions reports a process id of its own to its clients instead of
 * PostgreSQL's.
 */
export async function isOurs(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { processID: told } = client as unknown as { processID: number };
  return rows[0]?.pid === told;
}

/**
 * Sets the deadlines in the session instead of sending them with the connection
 * request: pgbouncer refuses connections that ask for settings which it does
 * not track.
 */
export async function setDeadlines(client: ClientBase, deadlines: ServerDeadlines): Promise<void> {
  await client.query(statements('set', deadlines));
}

/**
 * Adds the deadlines to each transaction: behind a pooler, a setting of the session
 * would remain there for other clients.
 */
export function withDeadlines(begin: string, deadlines: ServerDeadlines): string {
  return `${begin}; ${statements('set local', deadlines)}`;
}

export function isBegin(text: string): boolean {
  return /^(begin|start transaction)\b/i.test(text);
}

function statements(set: string, { statementMs, idleInTransactionMs }: ServerDeadlines): string {
  return `${set} statement_timeout = ${statementMs}; ${set} idle_in_transaction_session_timeout = ${idleInTransactionMs}`;
}
