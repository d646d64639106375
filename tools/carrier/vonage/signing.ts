import { createHash, createHmac, randomUUID, verify } from 'node:crypto';

/** Whose signature it is. */
export interface Signature {
  secret: string;
  apiKey: string;
  applicationId: string | null;
}

export interface TokenContent {
  /** What `payload_hash` is of; null: there is none. */
  payload: string | null;
  /** Default: now. */
  seconds?: number;
  /** Default: one that is new. */
  jti?: string;
}

/** The token of a signed webhook, https://developer.vonage.com/en/getting-started/concepts/webhooks */
export function signedToken(
  { secret, apiKey, applicationId }: Signature,
  { payload, seconds = Math.floor(Date.now() / 1_000), jti = randomUUID() }: TokenContent,
): string {
  const claims = {
    iat: seconds,
    jti,
    iss: 'Vonage',
    ...(payload === null
      ? {}
      : { payload_hash: createHash('sha256').update(payload).digest('hex') }),
    api_key: apiKey,
    ...(applicationId === null ? {} : { application_id: applicationId }),
  };
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** What the hash of a GET is of: its query as JSON, in the order of the query. */
export function queryText(fields: Readonly<Record<string, string>>, isEscaped: boolean): string {
  const json = JSON.stringify(fields);
  return isEscaped
    ? json.replace(
        /[\u0080-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    : json;
}

const USED_MAX = 10_000;

/** Reads the tokens of requests to the API: RS256 with the application's key, good for a time, each for one request. */
export class TokenReader {
  private readonly used = new Set<string>();

  constructor(
    private readonly publicKey: string,
    private readonly applicationId: string,
  ) {}

  /** Why a request is refused; null: it is not. */
  fault(authorization: string | undefined): string | null {
    const [, head = '', body = '', signature = ''] =
      /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? '') ?? [];
    if (signature === '') return 'no token';
    const bytes = Buffer.from(signature, 'base64url');
    if (!verify('sha256', Buffer.from(`${head}.${body}`), this.publicKey, bytes))
      return 'signature';
    const { alg } = jsonIn(head);
    const { application_id: application, iat, exp, jti } = jsonIn(body);
    const now = Date.now() / 1_000;
    if (alg !== 'RS256') return 'algorithm';
    if (application !== this.applicationId) return 'application';
    if (typeof iat !== 'number' || iat > now + 60) return 'iat';
    // Without `exp` a token is good for 15 minutes.
    if ((typeof exp === 'number' ? exp : iat + 900) <= now) return 'exp';
    if (typeof jti !== 'string' || jti === '' || this.used.has(jti)) return 'jti';
    if (this.used.size > USED_MAX) this.used.clear();
    this.used.add(jti);
    return null;
  }
}

function jsonIn(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
}
