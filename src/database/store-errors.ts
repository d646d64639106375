/**
 * The store cannot be reached, does not answer in time, or is not ours at the
 * moment. Nothing is known about the work that was asked for: it may be asked
 * again. Edges answer 503.
 */
export class StoreUnavailableError extends Error {
  readonly code = 'store_unavailable';
  readonly retryable = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailableError';
  }
}

/** PostgreSQL's classes: 08 connection, 53 resources, 57 operator intervention, 25006 read-only, 55P03 lock. */
const POSTGRES_UNAVAILABLE = /^(08|53|57|25006|25P03|55P03|XX)/;
const NETWORK_UNAVAILABLE =
  /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT)/;
const SQLITE_UNAVAILABLE =
  /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|NOTADB|CORRUPT|PROTOCOL)/;
const READ_TIMEOUT = 'Query read timeout';
/** What `pg` says, without a code, of a pool or connection that is gone. */
const POSTGRES_GONE =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end|not queryable|driver has already been destroyed/;

/** True for errors that say "not now", as opposed to "not like this". */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailableError) return true;
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    POSTGRES_UNAVAILABLE.test(code) ||
    NETWORK_UNAVAILABLE.test(code) ||
    SQLITE_UNAVAILABLE.test(code) ||
    POSTGRES_GONE.test(error.message) ||
    (error instanceof AggregateError && error.errors.some(isUnavailable))
  );
}

/** True when `pg` gave up waiting for a reply: whatever was asked may still be going on. */
export function isReadTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === READ_TIMEOUT;
}

/** True when a unique index refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return (
    error.code === '23505' ||
    error.code === 'SQLITE_CONSTRAINT_UNIQUE' ||
    error.code === 'SQLITE_CONSTRAINT_PRIMARYKEY'
  );
}

/** True when the transaction lost a race with another one and can simply be run again. */
export function isRaceLost(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === '40001' || error.code === '40P01';
}
