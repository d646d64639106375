import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Pool, TypeOverrides, type PoolConfig } from 'pg';
import { isReadTimeout, StoreUnavailableError } from './store-errors.js';

const INT8 = 20;

/**
 * Connections for Kysely. `pg` gives a connection whose query timed out back to
 * its pool, where the next query would queue up behind the one that hangs; here
 * it is closed, and nothing more is asked of it.
 */
export function postgresPool(config: PoolConfig): PostgresPool {
  // bigint as a number: our ids and times stay below 2^53.
  const numbers = new TypeOverrides();
  numbers.setTypeParser(INT8, Number);
  const pool = new Pool({ ...config, types: numbers });
  // An idle connection that breaks is replaced by the pool; unheard, its error would end the process.
  pool.on('error', () => undefined);
  return {
    connect: async () => {
      const client = await pool.connect();
      let hangs = false;
      // One that breaks between two queries of a transaction has nobody else to tell: the next query fails.
      const broken = (): void => undefined;
      client.on('error', broken);
      const query = async (text: string, values: unknown[]): Promise<unknown> => {
        if (hangs) throw new StoreUnavailableError('the connection does not answer');
        try {
          return await client.query(text, values);
        } catch (error) {
          hangs = isReadTimeout(error);
          throw error;
        }
      };
      return {
        query: query as PostgresPoolClient['query'],
        release: () => {
          client.off('error', broken);
          client.release(hangs);
        },
      };
    },
    end: () => pool.end(),
  };
}
