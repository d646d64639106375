import { ACCOUNTS_PATH, STREAM_PATH } from './call-urls.js';

const STATIC = new RegExp(`^${ACCOUNTS_PATH}/([a-z0-9-]{1,40})/media\\?(.*)$`);

/** A stream's path, and the account that it belongs to. */
export interface AccountStream {
  /** As every carrier's: the three ids and the token as segments. */
  path: string;
  /** The account's key, as the path names it. */
  account: string;
}

/**
 * The stream that a carrier opens under an address which is the same for all calls of its account,
 * so that ids and token are in the query; null for every other path and query. The words are those
 * of the answer's URL.
 * @param target path and query, without our path prefix
 */
export function accountStream(target: string): AccountStream | null {
  const [, account, query] = STATIC.exec(target) ?? [];
  if (account === undefined) return null;
  const fields = new URLSearchParams(query);
  const segments = ['workflow_id', 'user_id', 'workflow_run_id', 'token'].map(
    (name) => fields.get(name) ?? '',
  );
  // A slash in a field would make another path of it.
  const isWhole = segments.every((segment) => /^[\w-]+$/.test(segment));
  return isWhole ? { path: `${STREAM_PATH}/${segments.join('/')}`, account } : null;
}
