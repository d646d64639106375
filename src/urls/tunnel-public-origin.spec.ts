import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Log } from '../shared/logger.js';
import { TunnelPublicOrigin } from './tunnel-public-origin.js';
import type { TunnelOptions } from './tunnel-public-origin.js';
import { expectQuick, until } from '../../test/support/patience.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

class RecordingLog extends Log {
  readonly events: string[] = [];
  debug = (event: string): unknown => this.events.push(event);
  info = this.debug;
  warn = this.debug;
  error = this.debug;
}

const servers: Server[] = [];
const origins: TunnelPublicOrigin[] = [];

afterEach(async () => {
  await Promise.all(origins.splice(0).map((origin) => origin.onApplicationShutdown()));
  await Promise.all(servers.splice(0).map(stop));
});

async function stop(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

/** A local HTTP server in cloudflared's place, which counts its requests. */
async function serve(
  handler: Handler,
): Promise<{ url: string; asked: string[]; stop(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    handler(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, stop: () => stop(server) };
}

const quickTunnel =
  (hostname: string): Handler =>
  (request, response) => {
    if (request.url === '/quicktunnel') response.end(JSON.stringify({ hostname }));
    else response.writeHead(404).end();
  };

const metricsOnly =
  (hostname: string): Handler =>
  (request, response) => {
    if (request.url === '/metrics')
      response.end(
        `up 1\ncloudflared_tunnel_user_hostnames_counts{userHostname="https://${hostname}"} 1\n`,
      );
    else response.end('{"hostname":""}');
  };

const silent: Handler = () => undefined;

/** An address at which nothing listens. */
async function closedAddress(): Promise<string> {
  const server = await serve(silent);
  await server.stop();
  return server.url;
}

function tunnel(options: Partial<TunnelOptions> = {}): {
  origin: TunnelPublicOrigin;
  log: RecordingLog;
  clock: { ms: number };
} {
  const log = new RecordingLog();
  const clock = { ms: 1_000_000, now: () => new Date(clock.ms) };
  const localOrigin = () => 'http://127.0.0.1:8123';
  // An answer is waited for, however busy the machine is.
  const defaults = { metricsUrl: null, localOrigin, log, clock, answerTimeoutMs: 600_000 };
  const origin = new TunnelPublicOrigin({ ...defaults, ...options });
  origins.push(origin);
  return { origin, log, clock };
}

const at = (...defaultAddresses: string[]): Partial<TunnelOptions> => ({ defaultAddresses });

describe('what a tunnel is asked', () => {
  it('is the quick tunnel’s name first, and nothing more if that is answered', async () => {
    const cloudflared = await serve(quickTunnel('a-b.trycloudflare.com'));
    const { origin } = tunnel(at(cloudflared.url));
    expect(await origin.current()).toBe('https://a-b.trycloudflare.com');
    expect(cloudflared.asked).toEqual(['/quicktunnel']);
  });

  it('is the metrics next, if the quick tunnel has no name', async () => {
    const cloudflared = await serve(metricsOnly('a-b.trycloudflare.com'));
    const { origin } = tunnel(at(cloudflared.url));
    expect(await origin.current()).toBe('https://a-b.trycloudflare.com');
    expect(cloudflared.asked).toEqual(['/quicktunnel', '/metrics']);
  });

  it('is the metrics next, if a release has no /quicktunnel', async () => {
    const cloudflared = await serve((request, response) => {
      if (request.url === '/metrics') metricsOnly('a-b.trycloudflare.com')(request, response);
      else response.writeHead(404).end('404 page not found');
    });
    const { origin } = tunnel(at(cloudflared.url));
    expect(await origin.current()).toBe('https://a-b.trycloudflare.com');
  });

  it('follows the order of the addresses, not the speed of their answers', async () => {
    let overtaken: () => void = () => undefined;
    const slower = await serve((request, response) => {
      overtaken = () => quickTunnel('first.trycloudflare.com')(request, response);
    });
    const faster = await serve((request, response) => {
      response.once('close', () => overtaken());
      quickTunnel('second.trycloudflare.com')(request, response);
    });
    const { origin } = tunnel(at(await closedAddress(), slower.url, faster.url));
    expect(await origin.current()).toBe('https://first.trycloudflare.com');
  });

  it('is only the configured address, if there is one', async () => {
    const configured = await serve(silent);
    const other = await serve(quickTunnel('a-b.trycloudflare.com'));
    const { origin } = tunnel({
      metricsUrl: configured.url,
      answerTimeoutMs: 300,
      ...at(other.url),
    });
    expect(await origin.current()).toBeNull();
    expect(other.asked).toEqual([]);
  });
});

describe('what a tunnel says', () => {
  it('is believed for any public host at the configured address', async () => {
    const cloudflared = await serve(metricsOnly('calls.example.com'));
    const { origin } = tunnel({ metricsUrl: cloudflared.url });
    expect(await origin.current()).toBe('https://calls.example.com');
  });

  it('is believed only for trycloudflare.com at the others', async () => {
    const cloudflared = await serve(quickTunnel('calls.example.com'));
    const { origin } = tunnel(at(cloudflared.url));
    expect(await origin.current()).toBeNull();
    expect(origin.report().lastError).toContain('TUNNEL_METRICS_URL');
  });

  const useless: [string, Handler][] = [
    ['garbage', (_request, response) => response.end('\u0000\u0001{{{')],
    ['an underscore in the host', quickTunnel('a_b.trycloudflare.com')],
    ['a port in the host', quickTunnel('a-b.trycloudflare.com:8443')],
    ['an error', (_request, response) => response.writeHead(500).end('{"hostname":"a.b.com"}')],
    ['a hang-up', (request) => request.socket.destroy()],
    [
      'an endless answer',
      (_request, response) => {
        const chunk = 'x'.repeat(16_384);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) continue;
        };
        response.on('drain', more);
        more();
      },
    ],
  ];
  it.each(useless)('does not matter when it is %s: the next address counts', async (_, handler) => {
    const first = await serve(handler);
    const second = await serve(quickTunnel('a-b.trycloudflare.com'));
    const { origin } = tunnel(at(first.url, second.url));
    expect(await origin.current()).toBe('https://a-b.trycloudflare.com');
  });

  it('is not read from a redirect’s target', async () => {
    const elsewhere = await serve(quickTunnel('a-b.trycloudflare.com'));
    const redirecting = await serve((request, response) => {
      response.writeHead(302, { location: elsewhere.url + (request.url ?? '') }).end();
    });
    const { origin } = tunnel(at(redirecting.url));
    expect(await origin.current()).toBeNull();
    expect(elsewhere.asked).toEqual([]);
  });

  it.each([
    ['/quicktunnel', 64],
    ['/metrics', 1024],
  ])('from %s is read up to %i KiB', async (path, kib) => {
    const answerOf = (bytes: number): Handler => {
      const { length } = '{"hostname":""}';
      return (request, response) => {
        if (request.url === '/quicktunnel' && path === '/metrics') response.end('{}');
        else response.end(`{"hostname":"${' '.repeat(bytes - length)}"}`);
      };
    };
    const within = await serve(answerOf(kib * 1024));
    const beyond = await serve(answerOf(kib * 1024 + 1));
    const { origin: content } = tunnel(at(within.url));
    const { origin: refusing } = tunnel(at(beyond.url));
    await content.current();
    await refusing.current();
    expect(content.report().lastError).toContain('names no public host');
    expect(refusing.report().lastError).toContain(`larger than ${kib} KiB`);
  });

  it('is waited for no longer than about a second, whichever address is silent', async () => {
    const mute = await serve(silent);
    const dripping = await serve((_request, response) => {
      response.write('{');
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    });
    const { origin } = tunnel({ ...at(mute.url, dripping.url), answerTimeoutMs: undefined });
    const started = performance.now();
    expect(await origin.current()).toBeNull();
    expectQuick(performance.now() - started, 1_800);
  });
});

describe('the tunnel’s origin', () => {
  it('is requested once, however many need it at the same time', async () => {
    const cloudflared = await serve(quickTunnel('a-b.trycloudflare.com'));
    const { origin } = tunnel(at(cloudflared.url));
    origin.onModuleInit();
    const answers = await Promise.all([
      ...Array.from({ length: 50 }, () => origin.current()),
      ...Array.from({ length: 50 }, () => origin.refreshForDial()),
    ]);
    expect(new Set(answers)).toEqual(new Set(['https://a-b.trycloudflare.com']));
    expect(cloudflared.asked).toHaveLength(1);
  });

  it('does not delay the start', async () => {
    const cloudflared = await serve(silent);
    const { origin } = tunnel(at(cloudflared.url));
    expect(origin.onModuleInit()).toBeUndefined();
    expect(origin.peek()).toBeNull();
  });

  it('is valid for 30 s, then requested again', async () => {
    let hostname = 'old.trycloudflare.com';
    const cloudflared = await serve((request, response) =>
      quickTunnel(hostname)(request, response),
    );
    const { origin, clock } = tunnel(at(cloudflared.url));
    expect(await origin.refreshForDial()).toBe('https://old.trycloudflare.com');

    hostname = 'new.trycloudflare.com';
    clock.ms += 29_999;
    expect(await origin.refreshForDial()).toBe('https://old.trycloudflare.com');
    expect(await origin.current()).toBe('https://old.trycloudflare.com');
    expect(cloudflared.asked).toHaveLength(1);

    clock.ms += 1;
    expect(await origin.refreshForDial()).toBe('https://new.trycloudflare.com');
    expect(cloudflared.asked).toHaveLength(2);
    expect(origin.report().asOf).toEqual(new Date(clock.ms));
  });

  it('stays the same while cloudflared does not answer, and the report says so', async () => {
    let up = true;
    const cloudflared = await serve((request, response) => {
      if (up) quickTunnel('a-b.trycloudflare.com')(request, response);
      else request.socket.destroy();
    });
    const { origin, clock, log } = tunnel(at(cloudflared.url));
    await origin.current();
    const confirmed = clock.ms;

    up = false;
    clock.ms += 30_000;
    expect(await origin.refreshForDial()).toBe('https://a-b.trycloudflare.com');
    expect(origin.report()).toEqual({
      source: 'tunnel',
      origin: 'https://a-b.trycloudflare.com',
      asOf: new Date(confirmed),
      stale: true,
      lastError: expect.stringContaining(cloudflared.url),
      fix: expect.stringContaining('PUBLIC_URL'),
    });

    up = true;
    clock.ms += 2_000;
    await origin.refreshForDial();
    expect(origin.report()).toMatchObject({ stale: false, lastError: null, fix: null });
    expect(log.events).toEqual(['public_origin_found', 'public_origin_unknown']);
  });

  it('makes only a dial wait for a dead cloudflared more than once in 30 s', async () => {
    let up = true;
    const cloudflared = await serve((request, response) => {
      if (up) quickTunnel('a-b.trycloudflare.com')(request, response);
      else request.socket.destroy();
    });
    const { origin, clock } = tunnel(at(cloudflared.url));
    await origin.current();
    up = false;
    clock.ms += 30_000;
    await origin.current();
    const asked = cloudflared.asked.length;

    clock.ms += 2_000;
    expect(await origin.current()).toBe('https://a-b.trycloudflare.com');
    expect(cloudflared.asked).toHaveLength(asked);
    expect(await origin.refreshForDial()).toBe('https://a-b.trycloudflare.com');
    expect(cloudflared.asked.length).toBeGreaterThan(asked);
  });

  it('is unknown: nothing may be dialled, and the report says what to do', async () => {
    const { origin, clock, log } = tunnel(at(await closedAddress()));
    expect(await origin.refreshForDial()).toBeNull();
    expect(origin.report()).toEqual({
      source: 'none',
      origin: null,
      asOf: null,
      stale: false,
      lastError: expect.stringContaining('ECONNREFUSED'),
      fix: expect.stringContaining('PUBLIC_URL'),
    });
    clock.ms += 2_000;
    await origin.refreshForDial();
    expect(log.events).toEqual(['public_origin_unknown']);
  });

  it('is found soon after the tunnel has come up', async () => {
    let up = false;
    const cloudflared = await serve((request, response) => {
      if (up) quickTunnel('late.trycloudflare.com')(request, response);
      else response.writeHead(503).end();
    });
    const { origin, clock } = tunnel(at(cloudflared.url));
    expect(await origin.refreshForDial()).toBeNull();
    up = true;
    expect(await origin.refreshForDial()).toBeNull();
    clock.ms += 2_000;
    expect(await origin.refreshForDial()).toBe('https://late.trycloudflare.com');
  });

  it('is requested again after 2 s and no sooner while it is unknown, whatever it is needed for', async () => {
    const cloudflared = await serve((_request, response) => response.writeHead(503).end());
    const { origin, clock } = tunnel(at(cloudflared.url));
    await origin.current();
    // Each attempt asks /quicktunnel and /metrics.
    let attempts = 1;
    for (const wanted of [() => origin.current(), () => origin.refreshForDial()]) {
      clock.ms += 1_999;
      await wanted();
      expect(cloudflared.asked).toHaveLength(2 * attempts);
      clock.ms += 1;
      await wanted();
      attempts += 1;
      expect(cloudflared.asked).toHaveLength(2 * attempts);
    }
    // For a peek a failure stays valid as long as an answer: 30 s.
    clock.ms += 29_999;
    expect(origin.peek()).toBeNull();
    origin.report();
    await origin.onApplicationShutdown();
    expect(cloudflared.asked).toHaveLength(2 * attempts);
  });

  it('is requested again by a dial 2 s after a failure, once it is known', async () => {
    let up = true;
    const cloudflared = await serve((request, response) => {
      if (up) quickTunnel('a-b.trycloudflare.com')(request, response);
      else request.socket.destroy();
    });
    const { origin, clock } = tunnel(at(cloudflared.url));
    await origin.current();
    up = false;
    clock.ms += 30_000;
    await origin.refreshForDial();
    const asked = cloudflared.asked.length;
    clock.ms += 1_999;
    await origin.refreshForDial();
    expect(cloudflared.asked).toHaveLength(asked);
    clock.ms += 1;
    await origin.refreshForDial();
    expect(cloudflared.asked.length).toBeGreaterThan(asked);
  });

  it('is refreshed in the background by a peek that finds it old', async () => {
    let hostname = 'old.trycloudflare.com';
    const cloudflared = await serve((request, response) =>
      quickTunnel(hostname)(request, response),
    );
    const { origin, clock } = tunnel(at(cloudflared.url));
    await origin.current();
    hostname = 'new.trycloudflare.com';
    expect(origin.peek()).toBe('https://old.trycloudflare.com');
    // It would wait for a request under way.
    expect(await origin.current()).toBe('https://old.trycloudflare.com');
    clock.ms += 30_000;
    expect(origin.peek()).toBe('https://old.trycloudflare.com');
    await until(() => origin.peek() === 'https://new.trycloudflare.com');
    expect(cloudflared.asked).toHaveLength(2);
  });

  it('is not requested any more once the service stops', async () => {
    const cloudflared = await serve(silent);
    const { origin } = tunnel(at(cloudflared.url));
    origin.onModuleInit();
    await until(() => cloudflared.asked.length === 1);
    await origin.onApplicationShutdown();
    expect(await origin.current()).toBeNull();
    expect(cloudflared.asked).toHaveLength(1);
  });
});
