import { lookup as dnsLookup } from 'node:dns/promises';
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';

const PORT = 443;
const REPLY_BYTES_MAX = 64 * 1024;

export interface OutsideOptions {
  /** How names are looked up; default: as this machine does. Rejects with Node's error codes. */
  lookup?: (host: string) => Promise<string[]>;
  /**
   * Host to the `host:port` that is connected to in its place, e.g. a proxy whose
   * public address this machine cannot reach. TLS goes through with the public name.
   */
  connectTo?: Readonly<Record<string, string>>;
  /** PEM certificates to trust in place of Node's list (which NODE_EXTRA_CA_CERTS adds to). */
  ca?: string | readonly string[];
}

/** What a TLS handshake showed. */
export interface Handshake {
  /** Node's code for what is wrong with the certificate; null when it is trusted. */
  problem: string | null;
  protocol: string | null;
  /** Null when none was shown. */
  certificate: {
    subject: string;
    issuer: string;
    validFrom: Date;
    validTo: Date;
    chain: string[];
  } | null;
}

export interface OutsideRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
}

export interface OutsideReply {
  status: number;
  headers: IncomingHttpHeaders;
  /** At most 64 KiB of it. */
  body: string;
}

/**
 * Goes to public addresses as somebody outside would. https only, port 443.
 *
 * Requests and sockets do not insist on a valid certificate: `handshake` tells
 * about it, and a road with an expired one should still be examined to its end.
 * Nothing secret is sent: nonces good for one use, and signatures over the URL
 * of a call that can never exist.
 */
export class Outside {
  constructor(private readonly options: OutsideOptions = {}) {}

  async resolve(host: string): Promise<string[]> {
    if (this.options.lookup) return this.options.lookup(host);
    const found = await dnsLookup(host, { all: true });
    return found.map(({ address }) => address);
  }

  /** @throws Node's error when no TLS connection comes about */
  async handshake(host: string, signal: AbortSignal): Promise<Handshake> {
    const socket = this.connect(host);
    const stop = (): void => void socket.destroy(new Error('given up'));
    signal.addEventListener('abort', stop, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('secureConnect', resolve);
        // Stays: a peer may reset what we are about to close.
        socket.on('error', reject);
      });
      return readHandshake(socket);
    } finally {
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
        // As it is written: what is signed must not be re-escaped.
        path: pathOf(url),
        method: asked.method,
        headers: {
          ...asked.headers,
          Host: target.host,
          'Content-Length': Buffer.byteLength(asked.body),
        },
        signal: asked.signal,
        // In place of an agent: one connection, closed at the end.
        createConnection: () => this.connect(target.hostname),
      });
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

  /** A WebSocket that connects by itself; the caller listens to its events and ends it. */
  webSocket(url: string, headers: Record<string, string>): WebSocket {
    const { hostname } = new URL(url);
    return new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      followRedirects: false,
      createConnection: () => this.connect(hostname),
    });
  }

  private connect(host: string): TLSSocket {
    const name = host.replace(/^\[(.*)\]$/, '$1');
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

function readHandshake(socket: TLSSocket): Handshake {
  const leaf = socket.getPeerCertificate(true);
  const problem = socket.authorized ? null : String(socket.authorizationError);
  const protocol = socket.getProtocol();
  if (leaf.valid_to === undefined) return { problem, protocol, certificate: null };
  return {
    problem,
    protocol,
    certificate: {
      subject: nameOf(leaf.subject),
      issuer: nameOf(leaf.issuer),
      validFrom: new Date(leaf.valid_from),
      validTo: new Date(leaf.valid_to),
      chain: chainOf(leaf),
    },
  };
}

function chainOf(leaf: DetailedPeerCertificate): string[] {
  const names: string[] = [];
  const seen = new Set<string>();
  // A self-signed certificate is its own issuer; an incomplete chain ends in nothing.
  for (
    let one: DetailedPeerCertificate | undefined = leaf;
    one?.fingerprint256 !== undefined && !seen.has(one.fingerprint256);
    one = one.issuerCertificate
  ) {
    seen.add(one.fingerprint256);
    names.push(nameOf(one.subject));
  }
  return names;
}

function nameOf(subject: { CN?: string | string[]; O?: string | string[] }): string {
  const [name = 'without a name'] = [subject.CN ?? subject.O ?? []].flat();
  return name.slice(0, 200);
}

function pathOf(url: string): string {
  const [, rest = ''] = /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url) ?? [];
  return rest.startsWith('/') ? rest : `/${rest}`;
}
