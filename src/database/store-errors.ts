/**
 * The store cannot be reached, does not answer in time, or is not ours at the
 * moment. It is unknown whether the requested work was done; it may be
 * requested again. HTTP edges answer 503.
 */
export class StoreUnavailableError extends Error {
  readonly code = 'store_unavailable';
  readonly retryable = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailableError';
  }
}

/** Another instance has the store, and this one must be alone; the message says what to do. Stops the start. */
export class StoreHeldError extends Error {
  readonly code = 'store_held';
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreHeldError';
  }
}

/** PostgreSQL's classes: 08 connection, 53 resources, 57 operator intervention, 25006 read-only, 55P03 lock. */
const POSTGRES_UNAVAILABLE = /^(08|53|57|25006|25P03|55P03|XX)/;
const NETWORK_UNAVAILABLE =
  /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT)/;
const DISK_UNAVAILABLE = /^(EIO|ENOSPC|EDQUOT)$/;
const SQLITE_UNAVAILABLE =
  /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|NOTADB|CORRUPT|PROTOCOL)/;
const READ_TIMEOUT = 'Query read timeout';
/** The messages, without a code, with which `pg` reports a pool or connection that is gone. */
const POSTGRES_GONE =
  /Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end|not queryable|driver has already been destroyed/;

const UNIQUE_VIOLATION = new Set([
  '23505',
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
]);
const RACE_LOST = new Set(['40001', '40P01']);

/** True for errors that say "not now", as opposed to "not like this". */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailableError) return true;
  const { code, message, errors } = partsOf(error);
  return (
    POSTGRES_UNAVAILABLE.test(code) ||
    NETWORK_UNAVAILABLE.test(code) ||
    DISK_UNAVAILABLE.test(code) ||
    SQLITE_UNAVAILABLE.test(code) ||
    POSTGRES_GONE.test(message) ||
    errors.some(isUnavailable)
  );
}

/**
 * For the failed rounds of a loop: passes every error to `report` but that the store
 * is unavailable, which the readiness check reports.
 */
export function unlessUnavailable(report: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof StoreUnavailableError)) report(error);
  };
}

/** True when `pg` gave up waiting for a reply: the query may still be running. */
export function isReadTimeout(error: unknown): boolean {
  return partsOf(error).message === READ_TIMEOUT;
}

/** True when a unique index refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  return UNIQUE_VIOLATION.has(partsOf(error).code);
}

/** True when the transaction lost a race with another one and can simply be run again. */
export function isRaceLost(error: unknown): boolean {
  return RACE_LOST.has(partsOf(error).code);
}

/** True when another process has locked the SQLite file. */
export function isBusy(error: unknown): boolean {
  return partsOf(error).code === 'SQLITE_BUSY';
}

/**
 * Checks by shape: errors of Node itself may come from another realm, where
 * `instanceof` does not work.
 */
function partsOf(error: unknown): { code: string; message: string; errors: unknown[] } {
  const parts = { code: '', message: '', errors: [] as unknown[] };
  if (typeof error !== 'object' || error === null) return parts;
  if ('code' in error && typeof error.code === 'string') parts.code = error.code;
  if ('message' in error && typeof error.message === 'string') parts.message = error.message;
  if ('errors' in error && Array.isArray(error.errors)) parts.errors = error.errors;
  return parts;
}
