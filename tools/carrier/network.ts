import type { RequestOptions } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClientOptions } from 'ws';

/** Where public names lead, so that nothing leaves the machine. */
export interface NetworkOptions {
  /**
   * Maps a public origin to the origin that is really asked, e.g.
   * `https://patchbay.internal` to `http://127.0.0.1:8000`. Signatures and the
   * Host header stay those of the public origin; `wss://` follows the `https://` entry.
   * A function is asked for each connection, as a balancer in front of several is.
   */
  originMap?: Record<string, string | (() => string)>;
  /**
   * Maps a public `host` or `host:port` to the `host:port` that is really connected
   * to. TLS uses the public name (SNI, certificate check), as with
   * a changed DNS entry.
   */
  connectTo?: Record<string, string>;
  /** PEM certificates to trust instead of Node's own list. */
  ca?: string | Buffer | Array<string | Buffer>;
  /** Accepts any certificate. Default false. */
  insecureTls?: boolean;
}

/** How one URL is reached. */
export interface Route {
  secure: boolean;
  hostname: string;
  port: number;
  /** The Host header: the public one. */
  host: string;
  /** Raw path and query, unchanged except for what HTTP cannot carry. */
  path: string;
  tls: Pick<RequestOptions, 'ca' | 'rejectUnauthorized' | 'servername'>;
}

/** Path and query exactly as written, because parsing and printing a URL would change some. */
function rawPath(url: string): string {
  const [, rest = ''] = /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url) ?? [];
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return path.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}

function hostAndPort(text: string): { hostname: string; port: number } {
  const { hostname, port } = new URL(`http://${text}`);
  return { hostname: unbracketed(hostname), port: Number(port || 80) };
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** The simulated carrier's name resolution and TLS trust. */
export class Network {
  private readonly origins: Map<string, () => string>;

  constructor(private readonly options: NetworkOptions) {
    this.origins = new Map(
      Object.entries(options.originMap ?? {}).map(([from, to]) => [
        new URL(from).origin,
        typeof to === 'function' ? to : () => to,
      ]),
    );
  }

  /** `url` must parse, and its scheme must be http, https, ws or wss. */
  route(url: string): Route {
    const wanted = new URL(url);
    const webOrigin = `${wanted.protocol.replace(/^ws/, 'http')}//${wanted.host}`;
    const mapped = this.origins.get(webOrigin)?.();
    const actual = new URL(mapped ?? webOrigin);
    const secure = actual.protocol === 'https:';
    const connectTo =
      this.options.connectTo?.[actual.host] ?? this.options.connectTo?.[actual.hostname];
    const target = connectTo
      ? hostAndPort(connectTo)
      : {
          hostname: unbracketed(actual.hostname),
          port: Number(actual.port || (secure ? 443 : 80)),
        };
    const isName = !/^[\d.]+$|:/.test(unbracketed(actual.hostname));
    return {
      secure,
      ...target,
      host: wanted.host,
      path: rawPath(url),
      tls: {
        ...(this.options.ca === undefined ? {} : { ca: this.options.ca }),
        rejectUnauthorized: this.options.insecureTls !== true,
        ...(isName ? { servername: actual.hostname } : {}),
      },
    };
  }

  /** The address and options with which the `ws` package opens this URL. */
  webSocket(url: string): { address: string; options: ClientOptions } {
    const route = this.route(url);
    const { hostname, port, tls } = route;
    return {
      address: `${route.secure ? 'wss' : 'ws'}://${route.host}${route.path}`,
      options: {
        createConnection: () =>
          route.secure
            ? connectTls({ host: hostname, port, ...tls })
            : connectTcp({ host: hostname, port }),
      },
    };
  }
}
