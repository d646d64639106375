import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { failureOfConnection } from './send-failure.js';
import { sendEvent } from './send-event.js';

describe('an event on its way', () => {
  const servers: Server[] = [];
  const seen: IncomingMessage[] = [];
  const never = new AbortController().signal;

  const listen = async (status: number, headers: Record<string, string> = {}): Promise<string> => {
    const server = createServer((request, response) => {
      seen.push(request);
      if (status > 0) response.writeHead(status, headers).end();
    });
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    seen.length = 0;
  });

  it('does not follow a redirect', async () => {
    const target = await listen(200);
    const url = await listen(302, { Location: target });
    expect(await sendEvent(url, {}, '{}', ['127.0.0.1'], never)).toEqual({
      status: 302,
      failure: {
        reason: 'http_302',
        error: `the endpoint answered 302: it redirects to ${target}, and redirects are not followed; set its url to the address that answers itself`,
      },
      retryAfterSeconds: null,
    });
    expect(seen).toHaveLength(1);
  });

  it('does not go to a private address, whatever name resolves to it', async () => {
    const url = new URL(await listen(200));
    const literal = await sendEvent(`https://127.0.0.1:${url.port}/`, {}, '{}', [], never);
    expect(literal).toMatchObject({
      status: null,
      failure: { reason: 'url_refused', error: expect.stringContaining('public host') },
    });
    expect(seen).toEqual([]);
  });

  it('goes to a private address that is listed', async () => {
    const url = await listen(204);
    expect(await sendEvent(url, {}, '{}', ['127.0.0.1'], never)).toEqual({
      status: 204,
      failure: null,
      retryAfterSeconds: null,
    });
  });

  it.each([200, 299, 300, 304, 400, 500])(
    'has arrived with %i only if that is a 2xx',
    async (status) => {
      const { failure } = await sendEvent(await listen(status), {}, '{}', ['127.0.0.1'], never);
      expect(failure === null).toBe(status < 300);
    },
  );

  it.each([
    [429, '60', 60],
    [503, 'soon', null],
    [500, '99999999', 3_600],
  ])('hears of %i for how long to wait: %s', async (status, header, seconds) => {
    const url = await listen(status, { 'Retry-After': header });
    expect(await sendEvent(url, {}, '{}', ['127.0.0.1'], never)).toMatchObject({
      status,
      failure: { reason: `http_${status}`, error: `the endpoint answered ${status}` },
      retryAfterSeconds: seconds,
    });
  });

  it.each([
    ['https://user:pass@example.com/there?token=abc#x', ' to https://example.com/there,'],
    ['/there', ' redirects, and'],
    ['mailto:someone@example.com', ' redirects, and'],
    [`https://example.com/${'x'.repeat(500)}`, `${'x'.repeat(180)},`],
  ])('that is redirected to %s says where to, and nothing else of that', async (location, said) => {
    const url = await listen(308, { Location: location });
    const { failure } = await sendEvent(url, {}, '{}', ['127.0.0.1'], never);
    expect(failure?.error).toContain(said);
    expect(failure?.error).not.toContain('pass');
    expect(failure?.error).not.toContain('token');
  });

  it('reports in words a peer that is no HTTP server, does not listen, or hangs up', async () => {
    const replies = ['SSH-2.0-OpenSSH_9.6\r\n', null];
    for (const [index, words] of ['does not speak HTTP', 'was cut before a reply came'].entries()) {
      const reply = replies[index];
      const server = createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => (reply ? socket.write(reply) : socket.destroy()));
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/`;
      const { failure } = await sendEvent(url, {}, '{}', ['127.0.0.1'], never);
      expect(failure?.error).toContain(words);
      const tls = await sendEvent(`https://127.0.0.1:${port}/`, {}, '{}', ['127.0.0.1'], never);
      expect(tls.failure?.error).toContain(index === 0 ? 'does not speak TLS' : words);
      await new Promise((closed) => server.close(closed));
      const gone = await sendEvent(url, {}, '{}', ['127.0.0.1'], never);
      expect(gone.failure?.error).toContain('nothing listens');
    }
  });

  it('has no reply when we stop it', async () => {
    const stopping = new AbortController();
    const sending = sendEvent(await listen(0), {}, '{}', ['127.0.0.1'], stopping.signal);
    stopping.abort();
    expect(await sending).toMatchObject({ status: null });
  });
});

describe('an error of the connection', () => {
  const CODES = `ECONNREFUSED ENOTFOUND EAI_AGAIN EPRIVATE ETIMEDOUT EHOSTUNREACH ENETUNREACH ECONNRESET
    EPIPE CERT_HAS_EXPIRED CERT_NOT_YET_VALID ERR_TLS_CERT_ALTNAME_INVALID DEPTH_ZERO_SELF_SIGNED_CERT
    SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE
    HPE_INVALID_CONSTANT HPE_HEADER_OVERFLOW EPROTO ERR_SSL_WRONG_VERSION_NUMBER`;

  it.each(CODES.split(/\s+/))('%s is reported in words, and by its name in the log', (code) => {
    const told = failureOfConnection(Object.assign(new Error('x'), { code }));
    expect(told.reason).toBe(code);
    expect(told.error).toMatch(/^[a-z]/);
    expect(told.error).not.toContain(code);
    expect(told.error).not.toMatch(/ the connection failed/);
  });

  it('is reported by its code when it is unknown, and a timeout as a timeout', () => {
    expect(failureOfConnection(new Error('x'))).toEqual({
      reason: 'unknown',
      error: 'the connection failed (unknown)',
    });
    const timeout = Object.assign(new Error('x'), { name: 'TimeoutError', code: 23 });
    expect(failureOfConnection(timeout)).toEqual({
      reason: 'timeout',
      error: 'no reply within 10 s',
    });
  });
});
