/** The kind of a failed attempt, in the words of the `rp` override. */
export type RetryCause = '4xx' | '5xx' | 'ct' | 'rt';

/** How a webhook is fetched (Twilio docs, Webhooks connection overrides). Times are in milliseconds. */
export interface ConnectionOverrides {
  /** TCP connect and TLS handshake. */
  connectTimeoutMs: number;
  /** The time until the first byte of the reply, and between its packets. */
  readTimeoutMs: number;
  /** All attempts together. */
  totalTimeoutMs: number;
  retries: number;
  retryOn: ReadonlySet<RetryCause | 'all'>;
}

/** No request of a call takes longer than this, whatever the overrides say. */
const HARD_CAP_MS = 15_000;

const NUMBERS = {
  ct: { low: 100, high: 10_000 },
  rt: { low: 100, high: HARD_CAP_MS },
  tt: { low: 100, high: HARD_CAP_MS },
  rc: { low: 0, high: 5 },
} as const;

const RETRY_CAUSES = ['4xx', '5xx', 'ct', 'rt', 'all'];
const EDGES =
  /^(ashburn|dublin|frankfurt|sao-paulo|singapore|sydney|tokyo|umatilla)(-ix)?(,(ashburn|dublin|frankfurt|sao-paulo|singapore|sydney|tokyo|umatilla)(-ix)?)*$/;

function isRetryCause(text: string): text is RetryCause | 'all' {
  return RETRY_CAUSES.includes(text);
}

/**
 * Reads the fragment of a webhook URL, `#rc=3&rp=5xx,ct`. An override that cannot be used
 * keeps its default and is named in `problems`.
 */
export function readOverrides(url: string): {
  overrides: ConnectionOverrides;
  problems: string[];
} {
  const values: Record<keyof typeof NUMBERS, number> = {
    ct: 5000,
    rt: HARD_CAP_MS,
    tt: HARD_CAP_MS,
    rc: 1,
  };
  let retryOn = new Set<RetryCause | 'all'>(['ct']);
  const problems: string[] = [];
  const hash = url.indexOf('#');
  const pairs = hash < 0 ? [] : new URLSearchParams(url.slice(hash + 1));
  for (const [key, value] of pairs) {
    if (key === 'ct' || key === 'rt' || key === 'tt' || key === 'rc') {
      const { low, high } = NUMBERS[key];
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      if (number >= low && number <= high) values[key] = number;
      else problems.push(`${key}=${value} is not within ${low} to ${high}`);
    } else if (key === 'rp') {
      const causes = value.split(',');
      if (causes.every((cause) => isRetryCause(cause))) retryOn = new Set(causes);
      else problems.push(`rp=${value} is not a list of ${RETRY_CAUSES.join(', ')}`);
    } else if (key === 'sni') {
      if (value !== 'y' && value !== 'n') problems.push(`sni=${value} is neither y nor n`);
    } else if (key === 'e') {
      if (!EDGES.test(value)) problems.push(`e=${value} names no edge`);
    }
  }
  return {
    overrides: {
      connectTimeoutMs: values.ct,
      readTimeoutMs: values.rt,
      totalTimeoutMs: Math.min(values.tt, HARD_CAP_MS),
      retries: values.rc,
      retryOn,
    },
    problems,
  };
}

export function retries(overrides: ConnectionOverrides, cause: RetryCause): boolean {
  return overrides.retryOn.has(cause) || overrides.retryOn.has('all');
}
