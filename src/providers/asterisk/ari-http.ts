import type { AriAnswer } from './ari-connection.js';
import type { AsteriskAccount } from './asterisk.settings.js';
import { basic } from '../basic.js';

type Access = Pick<AsteriskAccount, 'ariUrl' | 'username' | 'password'>;

/** Codes of errors after which the request cannot have arrived. */
const NOBODY: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Single requests to Asterisk's ARI, for an instance that does not hold the control socket: one of several holds it, and
 * a call's stream or a request about it may be at any of them.
 */
export class AriHttp {
  /** @param requestMs how long a request may take */
  constructor(
    private readonly account: Access,
    private readonly requestMs = 10_000,
  ) {}

  /**
   * Never throws.
   *
   * @param uri without a leading slash, such as `channels/1`
   */
  async ask(
    method: string,
    uri: string,
    query: Readonly<Record<string, string | number>> = {},
  ): Promise<AriAnswer> {
    const { ariUrl, username, password } = this.account;
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    try {
      const reply = await fetch(`${ariUrl}/${uri}${search === '' ? '' : `?${search}`}`, {
        method,
        headers: { Authorization: basic(username, password) },
        redirect: 'error',
        signal: AbortSignal.timeout(this.requestMs),
      });
      const body: unknown = await reply.json().catch(() => null);
      return { status: reply.status, body };
    } catch (error) {
      return NOBODY.has(codeOf(error)) ? 'nobody' : 'lost';
    }
  }
}

function codeOf(error: unknown): unknown {
  return (Object(error) as { cause?: { code?: unknown } }).cause?.code;
}
