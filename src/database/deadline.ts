import { LATE, within } from '../shared/within.js';
import { isUnavailable, StoreUnavailableError } from './store-errors.js';

/**
 * Settles with `work`, or with `StoreUnavailableError` after the deadline or
 * when `work` fails because the store is unavailable. The work itself
 * continues.
 */
export async function withinDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  try {
    const result = await within(milliseconds, work);
    if (result === LATE) throw new StoreUnavailableError(`no answer within ${milliseconds} ms`);
    return result;
  } catch (error) {
    if (error instanceof StoreUnavailableError || !isUnavailable(error)) throw error;
    throw new StoreUnavailableError('the store is not reachable', { cause: error });
  }
}
