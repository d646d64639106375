import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Narrator } from '../demo/narrator.js';
import { RunningGateway } from './running-gateway.js';
import { ScriptedVoice } from './scripted-voice.js';

/** What is said of a server that answers a sign-in in this way; null: nobody listens. */
async function faultOf(status: number | null, body: object = {}): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status ?? 0, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  if (status === null) await new Promise((resolve) => server.close(resolve));
  const url = `http://127.0.0.1:${port}`;
  const gateway = new RunningGateway(url, 'key', new ScriptedVoice(), new Narrator());
  try {
    await gateway.start();
    return 'none';
  } catch (error) {
    return (error as Error).message.replace(url, 'URL');
  } finally {
    await gateway.stop();
    server.closeAllConnections();
    server.close();
  }
}

describe('a gateway that is to be talked to', () => {
  it.each<[string, number | null, object, RegExp]>([
    [
      'does not run',
      null,
      {},
      /^URL does not answer \(ECONNREFUSED\): is Patchbay running there\?$/,
    ],
    ['has another key', 401, {}, /^URL does not take the key: set API_KEY/],
    ['is something else', 404, {}, /^URL answers 404: is Patchbay running there\?$/],
    ['has a real carrier', 200, { simulated: false }, /calls of URL are real.*leave --url out/],
  ])('says what to do where it %s', async (_, status, body, expected) => {
    expect(await faultOf(status, body)).toMatch(expected);
  });
});
