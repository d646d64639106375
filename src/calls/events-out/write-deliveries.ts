import { randomUUID } from 'node:crypto';
import type { Selectable, Transaction } from 'kysely';
import { pieces } from '../../database/pieces.js';
import type { KeptStatements } from '../../database/kept-statements.js';
import type { Tables, WebhookEndpointsTable } from '../../database/schema.js';
import { NOWHERE } from '../streams/whereabouts.js';
import { callJson } from '../call-json.js';
import type { CallRun } from '../ledger/call-run.js';

type Endpoint = Pick<
  Selectable<WebhookEndpointsTable>,
  'endpoint_id' | 'user_id' | 'workflow_id' | 'types'
>;

/** What is to be told of a call, which is told as it was then. */
export interface News {
  run: CallRun;
  types: readonly string[];
}

/**
 * Fills the outbox: every endpoint that wants these news gets a delivery, in
 * the same transaction as what they tell of, so that neither is ever stored
 * without the other.
 *
 * @param news oldest first
 */
export async function writeDeliveries(
  trx: Transaction<Tables>,
  kept: KeptStatements,
  news: readonly News[],
  now: Date,
): Promise<void> {
  if (news.length === 0) return;
  const users = [...new Set(news.map(({ run }) => run.userId))];
  const key = `endpoints of ${users.length}`;
  const endpoints = await kept.run<Endpoint>(trx, key, [1, ...users], () =>
    trx
      .selectFrom('webhook_endpoints')
      .select(['endpoint_id', 'user_id', 'workflow_id', 'types'])
      .where('enabled', '=', 1)
      .where('user_id', 'in', users),
  );
  if (endpoints.length === 0) return;
  const rows = news.flatMap(({ run, types }) =>
    types.flatMap((type) => {
      const body = JSON.stringify({
        type,
        timestamp: now.toISOString(),
        data: callJson(run, NOWHERE),
      });
      return endpoints
        .filter(
          (endpoint) =>
            endpoint.user_id === run.userId &&
            (endpoint.workflow_id === null || endpoint.workflow_id === run.workflowId) &&
            wants(endpoint.types, type),
        )
        .map((endpoint) => ({
          endpoint_id: endpoint.endpoint_id,
          run_id: run.runId,
          message_id: `msg_${randomUUID()}`,
          type,
          body,
          state: 'pending',
          attempts: 0,
          due_at: now.getTime(),
          last_status: null,
          last_error: null,
          created_at: now.getTime(),
          delivered_at: null,
        }));
    }),
  );
  for (const some of pieces(rows)) {
    await trx.insertInto('webhook_deliveries').values(some).execute();
  }
}

function wants(types: string, type: string): boolean {
  const list = JSON.parse(types) as string[];
  return list.length === 0 || list.includes(type);
}
