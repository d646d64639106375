/** Every error code of our own API, with its HTTP status (RFC 9457 problem details). */
export const PROBLEMS = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  limit_reached: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  range_not_satisfiable: 416,
  idempotency_key_reused: 422,
  concurrency_limit: 429,
  queue_full: 429,
  rate_limited: 429,
  internal_error: 500,
  provider_rejected: 502,
  provider_unavailable: 502,
  no_public_url: 503,
  provider_not_configured: 503,
  store_unavailable: 503,
  draining: 503,
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldError {
  field: string;
  message: string;
}

export interface ProblemExtras {
  errors?: FieldError[];
  retryAfterSeconds?: number;
  [member: string]: unknown;
}

/**
 * A client's mistake in a request to our API, or something that is unavailable
 * at the moment. `detail` is written for people and says what to do; programs
 * read `code`.
 */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extras: ProblemExtras = {},
  ) {
    super(`${code}: ${detail}`);
    this.name = 'Problem';
  }

  get status(): number {
    return PROBLEMS[this.code];
  }
}

export function notFound(what: string): Problem {
  return new Problem('not_found', `There is no such ${what}.`);
}

export function invalidField(field: string, message: string): Problem {
  return invalidFields([{ field, message }]);
}

/** How many faults a reply names. */
export const FAULTS_NAMED = 20;
/** How many characters of an unknown field's name are shown. */
const NAME_SHOWN = 100;
const MESSAGE_SHOWN = 500;

/**
 * Reports that several fields are wrong: names each, up to {@link FAULTS_NAMED},
 * however long their names are.
 */
export function invalidFields(faults: readonly FieldError[]): Problem {
  const errors = faults.slice(0, FAULTS_NAMED).map(({ field, message }) => ({
    field: cut(field, NAME_SHOWN),
    message: cut(message, MESSAGE_SHOWN),
  }));
  const summary = errors.map(({ field, message }) => `${field} ${message}`);
  if (faults.length > errors.length) summary.push(`and ${faults.length - errors.length} more`);
  return new Problem('invalid_request', `${summary.join('; ')}.`, { errors });
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
