import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Client, Pool, TypeOverrides, type PoolClient, type PoolConfig } from 'pg';
import {
  isBegin,
  isOurs,
  setDeadlines,
  withDeadlines,
  type ServerDeadlines,
} from './postgres-session.js';
import { isReadTimeout, StoreUnavailableError } from './store-errors.js';

const INT8 = 20;

/** What every pool of ours has in common. */
export const CONNECTING: PoolConfig = {
  application_name: 'patchbay',
  // After this much silence the operating system probes whether the other side is still there.
  keepAlive: true,
  keepAliveInitialDelayMillis: 5_000,
};

/**
 * `pg` leaves the socket of a client open that could not sign in for a reason on our side, such as a
 * password that it does not have. Until the server gives such a connection up, after a minute, it
 * drops no database.
 */
class TidyClient extends Client {
  override connect(): Promise<Client>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<Client> | void {
    if (!callback) {
      return new Promise((resolve, reject) => {
        this.connect((error) => (error ? reject(error) : resolve(this)));
      });
    }
    // At once: whoever is told listens for errors from then on.
    super.connect((error: Error | null) => {
      if (error) this.connection.stream.destroy();
      callback(error, this);
    });
  }
}

type Connected = (error: Error | null, client?: Client) => void;

/**
 * Connections for Kysely. `pg` returns a connection whose query timed out to
 * its pool, where the next query would wait behind the one that hangs; here the
 * connection is closed and not used again.
 *
 * @param deadlines absent: the server has no deadline
 */
export function postgresPool(config: PoolConfig, deadlines?: ServerDeadlines): PostgresPool {
  // bigint is read as a number: our ids and times stay below 2^53.
  const numbers = new TypeOverrides();
  numbers.setTypeParser(INT8, Number);
  const pool = new Pool({ ...config, types: numbers, Client: TidyClient });
  // The pool replaces an idle connection that breaks; without a listener its error would end the
  // process.
  pool.on('error', () => undefined);
  // The pool removes its own listener when it hands a connection out, and its user has it only a
  // moment later. Whatever uses a connection learns that it broke from its next query.
  pool.on('connect', (client) => client.on('error', () => undefined));
  /**
   * For each connection, whether its deadlines must be set in each transaction; see
   * `withDeadlines`.
   */
  const perTransaction = new WeakMap<PoolClient, boolean>();

  const prepare = async (client: PoolClient): Promise<boolean> => {
    if (!deadlines) return false;
    const known = perTransaction.get(client);
    if (known !== undefined) return known;
    const shared = !(await isOurs(client));
    if (!shared) await setDeadlines(client, deadlines);
    perTransaction.set(client, shared);
    return shared;
  };

  return {
    connect: async () => {
      const client = await pool.connect();
      let hangs = false;
      const shared = await prepare(client).catch((error: unknown) => {
        client.release(true);
        throw error;
      });
      const query = async (text: string, values: unknown[]): Promise<unknown> => {
        if (hangs) throw new StoreUnavailableError('the connection does not answer');
        const asked = shared && deadlines && isBegin(text) ? withDeadlines(text, deadlines) : text;
        try {
          return await client.query(asked, values);
        } catch (error) {
          hangs = isReadTimeout(error);
          throw error;
        }
      };
      return {
        query: query as PostgresPoolClient['query'],
        release: () => client.release(hangs),
      };
    },
    end: () => pool.end(),
  };
}
