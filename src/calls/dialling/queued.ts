import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Tables } from '../../database/schema.js';

/**
 * The condition that a run waits in the queue: it has a turn, was not dialled, is not over, and
 * the carrier has not told of its call (a dial that it seemed to refuse may have arrived after
 * all). The index `runs_in_dial_queue` holds hardly any others.
 */
export function queued(is: ExpressionBuilder<Tables, 'runs'>): Expression<SqlBool> {
  return is.and([
    is('dial_turn', 'is not', null),
    is('dialled_at', 'is', null),
    is('ended_at', 'is', null),
    is('provider_call_id', 'is', null),
    is('other_ids', '=', '{}'),
  ]);
}

/** {@link queued}, at one account. */
export function queuedAt(
  is: ExpressionBuilder<Tables, 'runs'>,
  account: string,
): Expression<SqlBool> {
  return is.and([queued(is), is('account_key', '=', account)]);
}
