import { afterEach, describe, expect, it } from '@jest/globals';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { Network } from '../network.js';
import { signUpgrade } from '../signing/signature.js';
import { SPEC_CERTIFICATE, SPEC_KEY } from '../spec-certificate.js';
import { connectStream } from './connect-stream.js';

const URL_OF_STREAM = 'wss://gateway.example/ws/1/2/3';

let server: Server;
let sockets: WebSocketServer;

/** A TLS server for gateway.example that checks the signature before the 101. */
async function listen(): Promise<Record<string, string>> {
  server = createServer({ cert: SPEC_CERTIFICATE, key: SPEC_KEY });
  sockets = new WebSocketServer({
    server,
    verifyClient: ({ req }: { req: { headers: Record<string, unknown> } }) =>
      req.headers['x-twilio-signature'] === signUpgrade(URL_OF_STREAM, 'token'),
  });
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => socket.send((data as Buffer).toString('utf8')));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { 'gateway.example': `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
});

describe('a stream by hand', () => {
  it('goes through TLS under its public name', async () => {
    const network = new Network({ connectTo: await listen(), ca: SPEC_CERTIFICATE });
    const stream = await connectStream({ url: URL_OF_STREAM, authToken: 'token', network });
    if (stream.kind !== 'open') throw new Error(stream.kind);
    const { client } = stream;
    client.sendAudio(Buffer.alloc(160));
    await new Promise<void>((resolve) => {
      client.socket.on('message', () => client.received.length === 3 && resolve());
    });
    expect(client.received).toMatchObject([
      { event: 'connected' },
      { event: 'start', streamSid: client.streamSid },
      { event: 'media', sequenceNumber: '2', media: { chunk: '1' } },
    ]);
    client.destroy();
    expect((await client.closed).code).toBe(1006);
  });

  it.each([
    ['a wrong token', { authToken: 'another' }],
    ['no signature', { authToken: 'token', signature: null }],
  ])('with %s shows how it was refused', async (_what, options) => {
    const network = new Network({ connectTo: await listen(), ca: SPEC_CERTIFICATE });
    const stream = await connectStream({ url: URL_OF_STREAM, network, ...options });
    expect(stream).toMatchObject({ kind: 'refused', status: 401 });
  });

  it('fails when the certificate is not trusted', async () => {
    const network = new Network({ connectTo: await listen() });
    const stream = await connectStream({ url: URL_OF_STREAM, authToken: 'token', network });
    expect(stream).toMatchObject({ kind: 'failed', code: 31_910 });
  });
});
