import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Route } from '../network.js';
import type { RetryCause } from './connection-overrides.js';

export interface AttemptRequest {
  route: Route;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string | null;
  connectTimeoutMs: number;
  readTimeoutMs: number;
  /** What is left of the total time. The attempt ends when it is used up. */
  remainingMs: number;
  signal: AbortSignal;
}

export interface HttpReply {
  kind: 'reply';
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface AttemptFailure {
  kind: 'failed';
  /** Twilio's error code for it. */
  code: number;
  message: string;
  /** Which `rp` override would retry it. Null: only `all`. 'never': none. */
  cause: RetryCause | null | 'never';
}

/** Connection problems by Node's error code (Twilio docs, error dictionary). */
const CERTIFICATE_CODES: Record<string, number> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 11_235,
  CERT_HAS_EXPIRED: 11_236,
  DEPTH_ZERO_SELF_SIGNED_CERT: 11_237,
  SELF_SIGNED_CERT_IN_CHAIN: 11_237,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 11_237,
  UNABLE_TO_GET_ISSUER_CERT: 11_237,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 11_237,
};

type Phase = 'connecting' | 'waiting' | 'reading';

function failureOf(error: NodeJS.ErrnoException, phase: Phase, secure: boolean): AttemptFailure {
  const name = error.code ?? '';
  const failed = (code: number, cause: AttemptFailure['cause']): AttemptFailure => ({
    kind: 'failed',
    code,
    cause,
    message: `${name || error.name}: ${error.message}`,
  });
  if (name === 'ENOTFOUND' || name === 'EAI_AGAIN') return failed(11_210, 'ct');
  if (name in CERTIFICATE_CODES) return failed(CERTIFICATE_CODES[name] ?? 11_237, 'ct');
  if (name.startsWith('HPE_')) return failed(11_206, null);
  if (phase === 'connecting') {
    const answered = name === 'ECONNRESET' || name === 'EPROTO' || name.startsWith('ERR_SSL');
    return failed(secure && answered ? 11_220 : 11_205, 'ct');
  }
  // A reset after the request was sent is neither a connect failure nor a read
  // timeout, so only `rp=all` repeats it (assumption). After a first byte nothing repeats it.
  return failed(11_200, phase === 'waiting' ? null : 'never');
}

function unzipped(headers: IncomingHttpHeaders, body: Buffer): Buffer {
  return headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

/** One HTTP request on a connection of its own. Never rejects. */
export function attempt(options: AttemptRequest): Promise<HttpReply | AttemptFailure> {
  const { route, signal } = options;
  return new Promise((resolve) => {
    let phase: Phase = 'connecting';
    let phaseTimer: NodeJS.Timeout | undefined;
    let request: ClientRequest | undefined;

    const finish = (result: HttpReply | AttemptFailure) => {
      clearTimeout(phaseTimer);
      clearTimeout(totalTimer);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
      request?.destroy();
    };
    const timedOut = (cause: RetryCause | 'never', what: string) =>
      finish({ kind: 'failed', code: 11_205, message: `timed out: ${what}`, cause });
    const onAbort = () =>
      finish({ kind: 'failed', code: 11_200, message: 'carrier stopped', cause: 'never' });
    const expectWithin = (milliseconds: number, then: () => void) => {
      clearTimeout(phaseTimer);
      phaseTimer = setTimeout(then, milliseconds);
    };

    const totalTimer = setTimeout(() => timedOut('never', 'total'), options.remainingMs);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return onAbort();
    expectWithin(options.connectTimeoutMs, () => timedOut('ct', 'connect'));

    const onConnected = () => {
      phase = 'waiting';
      expectWithin(options.readTimeoutMs, () => timedOut('rt', 'first byte'));
    };
    const onReply = (reply: IncomingMessage) => {
      phase = 'reading';
      const chunks: Buffer[] = [];
      const nextPacket = () =>
        expectWithin(options.readTimeoutMs, () => timedOut('never', 'next packet'));
      nextPacket();
      reply.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        nextPacket();
      });
      reply.on('error', (error) => finish(failureOf(error, phase, route.secure)));
      reply.on('end', () => {
        const { statusCode: status = 0, headers } = reply;
        try {
          finish({
            kind: 'reply',
            status,
            headers,
            body: unzipped(headers, Buffer.concat(chunks)),
          });
        } catch {
          finish({ kind: 'failed', code: 11_200, message: 'body is not gzip', cause: 'never' });
        }
      });
    };
    request = (route.secure ? httpsRequest : httpRequest)({
      agent: false,
      hostname: route.hostname,
      port: route.port,
      path: route.path,
      method: options.method,
      headers: { ...options.headers, Host: route.host },
      ...(route.secure ? route.tls : {}),
    });
    request.on('socket', (socket: Socket) => {
      socket.once(route.secure ? 'secureConnect' : 'connect', onConnected);
    });
    request.on('response', onReply);
    request.on('error', (error) => finish(failureOf(error, phase, route.secure)));
    request.end(options.body ?? undefined);
  });
}
