import { lookup as dnsLookup } from 'node:dns/promises';
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { readHandshake, type Handshake } from './handshake.js';
import { LATE, within } from '../shared/within.js';

const PORT = 443;
const PATIENCE_MS = 5_000;
const REPLY_BYTES_MAX = 64 * 1024;

export interface OutsideOptions {
  /** How names are looked up; default: as on this machine. Rejects with Node's error codes. */
  lookup?: (host: string) => Promise<string[]>;
  /**
   * Maps a host to the `host:port` to connect to in its place, e.g. a proxy whose
   * public address this machine cannot reach. TLS uses the public name.
   */
  connectTo?: Readonly<Record<string, string>>;
  /** PEM certificates to trust instead of Node's list (which NODE_EXTRA_CA_CERTS extends). */
  ca?: string | readonly string[];
  /** How long each look-up, handshake or reply may take, in milliseconds. Default 5000. */
  patienceMs?: number;
}

export interface OutsideRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string;
  /** Replaces the URL's host, which omits the default port. */
  host?: string;
  signal: AbortSignal;
}

export interface OutsideReply {
  status: number;
  headers: IncomingHttpHeaders;
  /** The body, at most 64 KiB of it. */
  body: string;
}

/**
 * Connects to public addresses as a client from outside would, by https on port 443 only.
 *
 * Requests and sockets do not require a valid certificate: `handshake` reports it, and
 * a path with an expired certificate should still be examined to its end.
 * Nothing secret is sent, only nonces that are valid for one use and signatures over the URL
 * of a call that can never exist.
 */
export class Outside {
  constructor(private readonly options: OutsideOptions = {}) {}

  /** @throws Node's error, or one with the code ETIMEDOUT */
  async resolve(host: string): Promise<string[]> {
    const { lookup = lookUp } = this.options;
    // A look-up cannot be cancelled. What it finds later is ignored.
    const found = await within(this.patienceMs, lookup(withoutBrackets(host)));
    if (found === LATE) throw timedOut();
    return found;
  }

  /** @throws Node's error when no TLS connection is made */
  async handshake(host: string, signal: AbortSignal): Promise<Handshake> {
    const socket = this.connect(host);
    const stop = (): void => void socket.destroy(timedOut());
    const deadline = setTimeout(stop, this.patienceMs);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('secureConnect', resolve);
        // This listener stays, because a peer may reset the connection that we are about to close.
        socket.on('error', reject);
      });
      return readHandshake(socket);
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', stop);
      socket.destroy();
    }
  }

  /** @throws Node's error when there is no reply */
  async request(url: string, asked: OutsideRequest): Promise<OutsideReply> {
    const target = new URL(url);
    return new Promise((resolve, reject) => {
      const request = httpsRequest({
        host: target.hostname,
        // The path is used as written, because what is signed must not be escaped again.
        path: pathOf(url),
        method: asked.method,
        headers: {
          ...asked.headers,
          Host: asked.host ?? target.host,
          'Content-Length': Buffer.byteLength(asked.body),
        },
        signal: asked.signal,
        // This replaces an agent: one connection, which is closed at the end.
        createConnection: () => this.connect(target.hostname),
      });
      const deadline = setTimeout(() => request.destroy(timedOut()), this.patienceMs);
      request.on('close', () => clearTimeout(deadline));
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const done = (): void => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8').slice(0, REPLY_BYTES_MAX),
          });
          request.destroy();
        };
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size > REPLY_BYTES_MAX) done();
        });
        response.on('end', done);
        response.on('error', done);
      });
      request.end(asked.body);
    });
  }

  /** A WebSocket that connects by itself. The calling code listens to its events and ends it. */
  webSocket(url: string, headers: Record<string, string>): WebSocket {
    const { hostname } = new URL(url);
    return new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      followRedirects: false,
      createConnection: () => this.connect(hostname),
    });
  }

  private get patienceMs(): number {
    return this.options.patienceMs ?? PATIENCE_MS;
  }

  private connect(host: string): TLSSocket {
    const name = withoutBrackets(host);
    const [, toHost, toPort] = /^(.*):(\d+)$/.exec(this.options.connectTo?.[host] ?? '') ?? [];
    return connectTls({
      host: toHost ?? name,
      port: toPort === undefined ? PORT : Number(toPort),
      ...(/^[\d.]+$|:/.test(name) ? {} : { servername: name }),
      ...(this.options.ca === undefined ? {} : { ca: [this.options.ca].flat() }),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
    });
  }
}

async function lookUp(host: string): Promise<string[]> {
  const found = await dnsLookup(host, { all: true });
  return found.map(({ address }) => address);
}

/** Only URLs write IPv6 addresses in brackets. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

export function timedOut(): NodeJS.ErrnoException {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}

function pathOf(url: string): string {
  const [, rest = ''] = /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url) ?? [];
  return rest.startsWith('/') ? rest : `/${rest}`;
}
