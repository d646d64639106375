import { Client, type QueryResultRow } from 'pg';

/**
 * Looks into a PostgreSQL store beside the services on it, which admit no database of ours as soon
 * as they encrypt. Whole numbers of 64 bits come as text.
 */
export async function storeQuery<T extends QueryResultRow>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
