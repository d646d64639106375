import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../../shared/free-port.js';
import { AsteriskTest } from './asterisk-test.js';
import { basic } from '../basic.js';

const PASSWORD = 'only-asterisk-knows';

type Page = [status: number, body: unknown];

describe('the test of an Asterisk account', () => {
  let server: Server;
  let pages: Record<string, Page>;

  beforeEach(async () => {
    pages = {
      '/ari/asterisk/info': [200, { system: { version: '22.10.1' } }],
      '/ari/applications/patchbay': [200, { name: 'patchbay' }],
    };
    server = createServer((request, response) => {
      const isKnown = request.headers.authorization === basic('patchbay', PASSWORD);
      const [status, body] = isKnown
        ? (pages[request.url ?? ''] ?? [404, { message: 'not found' }])
        : [401, { message: 'who are you' }];
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
  });

  const run = async (password = PASSWORD) => {
    const { port } = server.address() as AddressInfo;
    const account = { ariUrl: `http://127.0.0.1:${port}/ari`, username: 'patchbay', password };
    const findings = await new AsteriskTest({ ...account, app: 'patchbay' }).run();
    // Whatever fails says what to do.
    for (const { result, fix } of findings) {
      if (result === 'fails' || result === 'limited') expect(fix).toMatch(/\.$/);
    }
    expect(JSON.stringify(findings)).not.toContain(password);
    return findings.map(({ name, result, seen }) => [name, result, seen]);
  };

  it('says that all is well', async () => {
    expect(await run()).toEqual([
      ['credentials', 'works', 'Asterisk accepts the user name and the password.'],
      ['version', 'works', 'It is Asterisk 22.10.1.'],
      ['connection', 'works', 'An instance of Patchbay is connected as patchbay.'],
    ]);
  });

  it('tells wrong credentials from what cannot be asked, and from another service', async () => {
    expect(await run('wrong-one')).toEqual([
      ['credentials', 'fails', 'Asterisk refuses the user name or the password.'],
    ]);
    pages['/ari/asterisk/info'] = [200, '<html></html>'];
    expect(await run()).toEqual([['credentials', 'fails', 'What answers there is no Asterisk.']]);
    pages['/ari/asterisk/info'] = [503, {}];
    expect(await run()).toEqual([['credentials', 'fails', 'Asterisk cannot be asked (HTTP 503).']]);
    const findings = await new AsteriskTest({
      ariUrl: `http://127.0.0.1:${await freePort()}/ari`,
      username: 'patchbay',
      password: PASSWORD,
      app: 'patchbay',
    }).run();
    expect(findings).toMatchObject([
      { result: 'fails', seen: 'Asterisk cannot be asked (ECONNREFUSED).' },
    ]);
  });

  it.each([
    ['20.17.9', 'limited'],
    ['20.18.0', 'works'],
    ['21.9.0', 'limited'],
    ['22.7.0', 'limited'],
    ['23.2.0', 'works'],
    ['24.0.0', 'works'],
  ])('knows whether %s is new enough: %s', async (version, result) => {
    pages['/ari/asterisk/info'] = [200, { system: { version } }];
    expect((await run())[1]?.slice(0, 2)).toEqual(['version', result]);
  });

  it('says whether anybody is connected as our application', async () => {
    delete pages['/ari/applications/patchbay'];
    expect((await run())[2]?.slice(0, 2)).toEqual(['connection', 'limited']);
    pages['/ari/applications/patchbay'] = [500, {}];
    expect((await run())[2]?.slice(0, 2)).toEqual(['connection', 'unknown']);
  });
});
