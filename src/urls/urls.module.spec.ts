import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { parseSections } from '../config/parse-sections.js';
import { HttpSettings, SimulatedCarrierSettings, UrlSettings } from '../config/settings.js';
import { Clock, SystemClock } from '../shared/clock.js';
import { Log, PinoLog } from '../shared/logger.js';
import { PublicOrigin } from './public-origin.js';
import { SIMULATED_ORIGIN } from './simulated-public-origin.js';
import { UrlsModule } from './urls.module.js';
import { until } from '../../test/support/patience.js';

/** The module with only what the root gives every room. */
function start(env: Record<string, string>): Promise<TestingModule> {
  const sections = { http: HttpSettings, urls: UrlSettings, simulated: SimulatedCarrierSettings };
  const { http, urls, simulated } = parseSections(sections, env).settings;
  @Global()
  @Module({
    providers: [
      { provide: HttpSettings, useValue: http },
      { provide: UrlSettings, useValue: urls },
      { provide: SimulatedCarrierSettings, useValue: simulated },
      { provide: Log, useValue: new PinoLog('silent') },
      { provide: Clock, useClass: SystemClock },
    ],
    exports: [HttpSettings, UrlSettings, SimulatedCarrierSettings, Log, Clock],
  })
  class Ground {}
  return Test.createTestingModule({ imports: [Ground, UrlsModule] }).compile();
}

describe('the public origin', () => {
  it('is PUBLIC_URL if it is set', async () => {
    const module = await start({ PUBLIC_URL: 'https://calls.example.com' });
    expect(module.get(PublicOrigin).report()).toMatchObject({
      source: 'static',
      origin: 'https://calls.example.com',
    });
  });

  it('is an internal one while the simulated carrier runs and no other is set', async () => {
    const module = await start({});
    expect(module.get(PublicOrigin).report()).toMatchObject({
      source: 'simulated',
      origin: SIMULATED_ORIGIN,
    });
  });

  it('of an account that is not simulated is the tunnel’s, also beside the simulated carrier', async () => {
    const module = await start({ TUNNEL_METRICS_URL: 'http://127.0.0.1:9', HOST: '127.0.0.1' });
    const origin = module.get(PublicOrigin);
    expect(origin.of({ simulated: true }).report()).toMatchObject({ source: 'simulated' });
    expect(origin.of({ simulated: false }).report()).toMatchObject({
      source: 'none',
      fix: expect.stringContaining('PUBLIC_URL'),
    });
    expect(await origin.of({ simulated: false }).refreshForDial()).toBeNull();
    await module.close();
  });

  it('is reported as missing if nothing tells it, with a command that fits this service', async () => {
    const module = await start({
      SIMULATED_CARRIER: 'off',
      TUNNEL_METRICS_URL: 'http://127.0.0.1:9',
      HOST: '127.0.0.1',
      PORT: '8123',
    });
    expect(module.get(PublicOrigin).report()).toMatchObject({
      source: 'none',
      fix: expect.stringMatching(/cloudflared tunnel --url http:\/\/127\.0\.0\.1:8123$/),
    });
    await module.close();
  });

  it('comes from the tunnel otherwise, from the start on', async () => {
    const cloudflared = createServer((_request, response) => {
      response.end('{"hostname":"calls.example.com"}');
    });
    await new Promise<void>((resolve) => cloudflared.listen(0, '127.0.0.1', resolve));
    const { port } = cloudflared.address() as AddressInfo;
    const module = await start({
      SIMULATED_CARRIER: 'off',
      TUNNEL_METRICS_URL: `http://127.0.0.1:${port}`,
    });
    await module.init();
    // A busy machine may need more than the second that the service waits for an answer.
    const origin = module.get(PublicOrigin);
    await until(async () => (await origin.current()) === 'https://calls.example.com');
    await module.close();
    cloudflared.closeAllConnections();
    await new Promise((resolve) => cloudflared.close(resolve));
  });
});
