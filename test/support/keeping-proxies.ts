import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram, versionOf, type RunningProxy } from './proxy-program.js';

/**
 * Reverse proxies that keep their connections to the gateway and do not repeat
 * requests: a request on a connection that the gateway closes at that moment is
 * lost.
 */
export interface KeepingProxy {
  name: string;
  /** Null where it is not installed. */
  version: string | null;
  start: (targetPort: number) => Promise<RunningProxy>;
}

export const KEEPING_PROXIES: readonly KeepingProxy[] = [
  {
    name: 'nginx',
    version: versionOf('nginx', '-v'),
    start: (targetPort) =>
      startProgram('nginx', async (directory, port) => {
        const file = join(directory, 'nginx.conf');
        await writeFile(file, nginxConfig(directory, port, targetPort));
        return ['-p', directory, '-e', 'stderr', '-c', file];
      }),
  },
  {
    name: 'HAProxy',
    version: versionOf('haproxy', '-v'),
    start: (targetPort) =>
      startProgram('haproxy', async (directory, port) => {
        const file = join(directory, 'haproxy.cfg');
        await writeFile(file, haproxyConfig(port, targetPort));
        return ['-db', '-f', file];
      }),
  },
  {
    name: 'Caddy',
    version: versionOf('caddy', 'version'),
    start: (targetPort) =>
      startProgram('caddy', async (directory, port) => {
        const file = join(directory, 'Caddyfile');
        await writeFile(file, caddyConfig(port, targetPort));
        return ['run', '--adapter', 'caddyfile', '--config', file];
      }),
  },
];

function nginxConfig(directory: string, port: number, targetPort: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  // 60 s is nginx's own time for connections that it keeps.
  return `
daemon off;
master_process off;
pid ${join(directory, 'nginx.pid')};
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  upstream gateway {
    server 127.0.0.1:${targetPort};
    keepalive 64;
    keepalive_timeout 60s;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://gateway;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream off;
    }
  }
}
`;
}

function haproxyConfig(port: number, targetPort: number): string {
  return `
defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client 700s
  timeout server 700s
  timeout http-keep-alive 700s
frontend carriers
  bind 127.0.0.1:${port}
  default_backend gateway
backend gateway
  http-reuse always
  server gateway 127.0.0.1:${targetPort} pool-purge-delay 600s pool-max-conn -1
`;
}

function caddyConfig(port: number, targetPort: number): string {
  // 120 s is Caddy's own time for connections that it keeps.
  return `
{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy 127.0.0.1:${targetPort} {
    transport http {
      keepalive 120s
      keepalive_idle_conns_per_host 64
    }
  }
}
`;
}
