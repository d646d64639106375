import type { IncomingMessage } from 'node:http';
import { sha256 } from '../../shared/sha256.js';

const ECHO_OF = 'patchbay-probe';

/** A request as it arrived here, without any interpretation. */
export interface Arrived {
  echo: typeof ECHO_OF;
  /** The id of the instance at which it arrived; undefined of an older release, which does not tell. */
  instance?: string;
  method: string;
  /** The raw target: path and query. */
  target: string;
  host: string | null;
  forwarded: Record<string, string>;
  /** Lower case, sorted. */
  headerNames: string[];
  /** SHA-256 of the body, hex. */
  bodyHash: string;
  bodyBytes: number;
}

/** What proxies say about the request that they received. */
const FORWARDED = [
  'forwarded',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-original-uri',
  'via',
] as const;
const VALUE_MAX = 300;

export function arrivedOf(request: IncomingMessage, body: Buffer, instance: string): Arrived {
  const { headers } = request;
  const forwarded = FORWARDED.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, String(value).slice(0, VALUE_MAX)] as const];
  });
  return {
    echo: ECHO_OF,
    instance,
    method: request.method ?? '',
    target: request.url ?? '',
    host: headers.host ?? null,
    forwarded: Object.fromEntries(forwarded),
    headerNames: Object.keys(headers).sort(),
    bodyHash: sha256(body),
    bodyBytes: body.length,
  };
}

/** Reads the echo; null if the reply is not this service's echo. */
export function readArrived(text: string): Arrived | null {
  try {
    const value: unknown = JSON.parse(text);
    const isEcho =
      typeof value === 'object' && value !== null && 'echo' in value && value.echo === ECHO_OF;
    return isEcho ? (value as Arrived) : null;
  } catch {
    return null;
  }
}
