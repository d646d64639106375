import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { askApi } from './json-api.js';

const closing: Array<() => Promise<unknown>> = [];

async function serverWith(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/path`;
}

const ask = (url: string, more: object = {}) =>
  askApi({
    method: 'POST',
    url,
    headers: { Authorization: 'x' },
    json: { a: 1 },
    timeoutMs: 60_000,
    ...more,
  });

describe('a request to a carrier’s API', () => {
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('carries JSON, and returns the reply with its status, whatever that is', async () => {
    let received = '';
    const url = await serverWith((request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.toString()));
      request.on('end', () => {
        response.writeHead(402, { 'x-seen': request.headers['content-type'] ?? '' });
        response.end('{"error":"no money"}');
      });
    });
    expect(await ask(url)).toMatchObject({
      kind: 'replied',
      status: 402,
      headers: { 'x-seen': 'application/json' },
      body: { error: 'no money' },
    });
    expect(received).toBe('{"a":1}');
  });

  it('carries a form where it is given one', async () => {
    const url = await serverWith((request, response) => {
      let received = '';
      request.on('data', (chunk: Buffer) => (received += chunk.toString()));
      request.on('end', () => {
        response.end(JSON.stringify([request.headers['content-type'], received]));
      });
    });
    expect(await ask(url, { json: undefined, form: { a: 'b c&d' } })).toMatchObject({
      body: ['application/x-www-form-urlencoded', 'a=b+c%26d'],
    });
  });

  it('that is answered with something else than JSON has its text alone', async () => {
    const url = await serverWith((_, response) => response.end('<html>'));
    expect(await ask(url, { method: 'GET', json: undefined })).toMatchObject({
      kind: 'replied',
      text: '<html>',
      body: undefined,
    });
  });

  it('follows no redirect', async () => {
    const url = await serverWith((_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    });
    expect(await ask(url)).toMatchObject({ kind: 'replied', status: 302 });
  });

  it('that finds nobody was not sent', async () => {
    expect(await ask('http://127.0.0.1:1/')).toMatchObject({ kind: 'unreachable' });
  });

  it('whose connection is cut may have been carried out', async () => {
    const url = await serverWith((request) => request.socket.destroy());
    expect(await ask(url)).toMatchObject({ kind: 'lost' });
  });

  it('is given up at its deadline', async () => {
    const url = await serverWith(() => undefined);
    expect(await ask(url, { timeoutMs: 50 })).toEqual({
      kind: 'lost',
      message: 'no reply (timeout)',
    });
  });

  it('whose reply is cut off has its status', async () => {
    const url = await serverWith((_, response) => {
      response.writeHead(201, { 'content-length': 100 });
      response.write('{"a":', () => response.destroy());
    });
    expect(await ask(url)).toMatchObject({ kind: 'replied', status: 201, text: '' });
  });
});
