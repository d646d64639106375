import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { SPEC_CERTIFICATE, SPEC_KEY } from '../../tools/carrier/spec-certificate.js';
import { startProgram, versionOf, type RunningProxy } from './proxy-program.js';

/** The one name that the certificate of the proxies is for. */
export const PROXIED_HOST = 'gateway.example';

export interface ProxyOptions {
  /** Where the gateway listens, on loopback. */
  targetPort: number;
  /** A path prefix of the public URL that the proxy cuts off, e.g. `/pbx`. */
  cutPrefix?: string;
}

/**
 * A reverse proxy that ends TLS and gives the service behind it only false
 * information about the public URL.
 */
export type TlsProxy = RunningProxy;

export type StartProxy = (options: ProxyOptions) => Promise<TlsProxy>;

/** Headers that would lead to another URL than the public one if the service trusted them. */
function lies(targetPort: number): Record<string, string> {
  return {
    Host: `127.0.0.1:${targetPort}`,
    'X-Forwarded-Host': 'internal.example',
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Port': '81',
    'X-Forwarded-For': '203.0.113.7',
    Forwarded: 'for=203.0.113.7;host=internal.example;proto=http',
  };
}

/** What a proxy can do to those behind it, besides lying. */
export interface ProxyFaults {
  /**
   * The Host that it forwards; default: the one of the request, without headers
   * about the client.
   */
  host?: string;
  /** Forwards the Host without its port. */
  stripsPort?: boolean;
  /** Changes the raw path and query. */
  rewrite?: (target: string) => string;
  /** Answers some requests itself, by their raw path and query. */
  intercepts?: (target: string) => { status: number; location?: string } | null;
  /** Headers that are not forwarded, in lower case. */
  dropsHeaders?: readonly string[];
  /** In place of those that the service gives. */
  contentType?: string;
  /** Forwards upgrades as ordinary requests. */
  dropsUpgrades?: boolean;
  /** Cuts a WebSocket that was silent for this long. */
  idleMs?: number;
  /** In place of the good one. */
  certificate?: { cert: string; key: string };
}

/**
 * The smallest such proxy, for machines without nginx; with `faults`, an honest
 * proxy that has these faults.
 */
export async function startNodeProxy(
  { targetPort, cutPrefix }: ProxyOptions,
  faults: ProxyFaults | null = null,
): Promise<TlsProxy> {
  const sockets = new Set<Duplex>();
  const path = ({ url = '/' }: IncomingMessage) => {
    const cut =
      cutPrefix !== undefined && url.startsWith(`${cutPrefix}/`)
        ? url.slice(cutPrefix.length)
        : url;
    return faults?.rewrite?.(cut) ?? cut;
  };
  const headersFor = ({ host, ...rest }: IncomingHttpHeaders) => {
    for (const name of faults?.dropsHeaders ?? []) delete rest[name];
    if (!faults) return { ...rest, ...lies(targetPort) };
    const given = faults.host ?? host;
    return { ...rest, Host: faults.stripsPort ? given?.replace(/:\d+$/, '') : given };
  };
  const certificate = faults?.certificate ?? { cert: SPEC_CERTIFICATE, key: SPEC_KEY };
  const server = createServer(certificate, (asked, reply) => {
    const own = faults?.intercepts?.(asked.url ?? '');
    if (own) {
      const { status, location } = own;
      reply.writeHead(status, { Server: 'some-proxy/1.0', ...(location ? { location } : {}) });
      reply.end();
      return;
    }
    const to = { host: '127.0.0.1', port: targetPort, method: asked.method, path: path(asked) };
    const { upgrade: _upgrade, connection: _connection, ...rest } = headersFor(asked.headers);
    const sent = request({ ...to, headers: rest }, (answer) => {
      const { contentType } = faults ?? {};
      const type = contentType === undefined ? {} : { 'content-type': contentType };
      reply.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...type });
      answer.pipe(reply);
    });
    sent.on('error', () => reply.writeHead(502).end());
    asked.pipe(sent);
  });
  if (faults?.dropsUpgrades !== true) server.on('upgrade', tunnel);
  function tunnel(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    const upstream = connect(targetPort, '127.0.0.1', () => {
      const lines = Object.entries(headersFor(asked.headers)).map(
        ([name, value]) => `${name}: ${String(value)}`,
      );
      upstream.write(`GET ${path(asked)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    for (const one of [socket, upstream]) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        socket.destroy();
        upstream.destroy();
      });
    }
    if (faults?.idleMs !== undefined) upstream.setTimeout(faults.idleMs, () => upstream.destroy());
  }
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** nginx, where it is installed; null elsewhere. */
export function nginxVersion(): string | null {
  return versionOf('nginx', '-v');
}

/** nginx as operators set it up, in the foreground, with everything it writes in a directory of its own. */
export async function startNginx(options: ProxyOptions): Promise<TlsProxy> {
  return startProgram('nginx', async (directory, port) => {
    const file = join(directory, 'nginx.conf');
    await writeFile(join(directory, 'cert.pem'), SPEC_CERTIFICATE);
    await writeFile(join(directory, 'key.pem'), SPEC_KEY, { mode: 0o600 });
    await writeFile(file, nginxConfig(directory, port, options));
    return ['-p', directory, '-e', 'stderr', '-c', file];
  });
}

function nginxConfig(directory: string, port: number, options: ProxyOptions): string {
  const { targetPort, cutPrefix } = options;
  const headers = Object.entries(lies(targetPort)).map(
    ([name, value]) => `proxy_set_header ${name} "${value}";`,
  );
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  // With a path after the port nginx cuts the location off; without one it forwards the target
  // unchanged.
  const [location, path] = cutPrefix === undefined ? ['/', ''] : [`${cutPrefix}/`, '/'];
  return `
daemon off;
master_process off;
pid ${join(directory, 'nginx.pid')};
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${join(directory, 'cert.pem')};
    ssl_certificate_key ${join(directory, 'key.pem')};
    location ${location} {
      proxy_pass http://127.0.0.1:${targetPort}${path};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      ${headers.join('\n      ')}
    }
  }
}
`;
}
