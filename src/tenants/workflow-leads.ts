import type { Transaction } from 'kysely';
import type { Tables } from '../database/schema.js';

/** A workflow whose options lead calls to another one. */
export interface Leader {
  workflowId: number;
  name: string;
}

/** Says to which workflows options lead; what agents mean by their options, only agents know. */
export type LeadsOf = (
  agent: string,
  options: Readonly<Record<string, unknown>>,
) => readonly number[];

/** The other workflows of a user that lead to this one, by id. */
export async function leadersTo(
  trx: Transaction<Tables>,
  { userId, workflowId }: { userId: number; workflowId: number },
  leadsOf: LeadsOf,
): Promise<Leader[]> {
  const others = await trx
    .selectFrom('workflows')
    .select(['workflow_id', 'name', 'agent', 'agent_options'])
    .where('user_id', '=', userId)
    .where('workflow_id', '!=', workflowId)
    .where('deleted_at', 'is', null)
    .orderBy('workflow_id')
    .execute();
  return others
    .filter(({ agent, agent_options: options }) =>
      leadsOf(agent, JSON.parse(options) as Record<string, unknown>).includes(workflowId),
    )
    .map(({ workflow_id: id, name }) => ({ workflowId: id, name }));
}

/**
 * Keeps workflows from being deleted until the transaction has ended.
 * @returns false where one of them is not the user's, or not any more
 */
export async function hold(
  trx: Transaction<Tables>,
  userId: number,
  workflowIds: readonly number[],
): Promise<boolean> {
  const ids = [...new Set(workflowIds)].toSorted((a, b) => a - b);
  if (ids.length === 0) return true;
  // A change of the row, though it changes nothing: a transaction that deletes it meanwhile then fails and begins anew.
  const { numUpdatedRows } = await trx
    .updateTable('workflows')
    .set((workflow) => ({ name: workflow.ref('name') }))
    .where('workflow_id', 'in', ids)
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === BigInt(ids.length);
}
