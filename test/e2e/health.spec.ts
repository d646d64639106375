import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { parseSettings } from '../../src/parse-settings.js';
import { Database } from '../../src/database/database.js';
import { startService } from '../../src/service.js';
import { claimedPort } from '../support/claimed-port.js';
import { Api } from '../support/api.js';
import { API_KEY, PUBLIC_ORIGIN, startGateway, THEIR_NUMBER } from '../support/gateway.js';
import type { Gateway } from '../support/gateway.js';
import { testLog, testLogLevel } from '../support/test-logs.js';

const live = (url: string) => request(url).get('/health/live');
const ready = (url: string) => request(url).get('/health/ready');

describe('health', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('live: 200 for everyone, never cached', async () => {
    const reply = await live(gateway.url);
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ status: 'up' });
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.headers['etag']).toBeUndefined();
  });

  it('ready: 200 with store, public address, carrier and streams', async () => {
    const api = new Api(gateway);
    const placed = await api.place({ to: THEIR_NUMBER });
    await api.until(placed.workflow_run_id, (call) => call.streaming);
    const reply = await ready(gateway.url);
    expect(reply.status).toBe(200);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.body).toMatchObject({
      status: 'up',
      reasons: [],
      warnings: [],
      store: { kind: 'sqlite', up: true, migrated: true, reason: null },
      draining: false,
      open_streams: 1,
      public_url: { source: 'static', url: PUBLIC_ORIGIN, fix: null },
      carriers: [{ name: 'twilio', configured: true, simulated: false }],
    });
  });

  it('tells neither secrets nor numbers', async () => {
    const text = JSON.stringify((await ready(gateway.url)).body);
    expect(text).not.toContain(gateway.carrier.authToken);
    expect(text).not.toContain(API_KEY);
    expect(text).not.toMatch(/\+1\d{10}/);
  });
});

/** A disk of 16 MiB; null, and a line that says why, where none may be mounted. */
async function smallDisk(): Promise<{ path: string; remove(): Promise<void> } | null> {
  const path = await mkdtemp(join(tmpdir(), 'patchbay-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path]);
  if (mounted.status !== 0) {
    process.stderr.write('\nno file system may be mounted here: a full disk is not tested\n');
    await rm(path, { recursive: true });
    return null;
  }
  return {
    path,
    remove: async () => {
      // Lazily: the engine lets go of its files only when they are collected.
      spawnSync('umount', ['-l', path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}

const disk = await smallDisk();
afterAll(() => disk?.remove());

(disk ? describe : describe.skip)('a disk that is full', () => {
  it('makes it unready with the reason, and ready again when there is room', async () => {
    const dataDir = join(disk?.path ?? '', 'data');
    const gateway = await startGateway({ env: { DATA_DIR: dataDir } });
    const ballast = join(disk?.path ?? '', 'ballast');
    try {
      expect((await ready(gateway.url)).status).toBe(200);
      await expect(writeFile(ballast, Buffer.alloc(32 * 1024 * 1024))).rejects.toThrow('ENOSPC');
      const reply = await ready(gateway.url);
      expect(reply.status).toBe(503);
      expect(reply.body).toMatchObject({
        reasons: [expect.stringMatching(/^store: .*full/)],
        store: { up: false, migrated: true, fix: expect.stringContaining('Make room') },
      });
      // A real write says the same, and loses nothing.
      const made = await new Api(gateway).request('POST', '/users', { name: 'x'.repeat(200) });
      expect([201, 503]).toContain(made.status);
      await rm(ballast);
      expect((await ready(gateway.url)).status).toBe(200);
    } finally {
      await gateway.stop();
    }
  });
});

describe('not ready', () => {
  it('store gone: 503 with the reason, still live; the API answers 503 store_unavailable', async () => {
    const gateway = await startGateway();
    try {
      await gateway.service.app.get(Database, { strict: false }).close();
      const reply = await ready(gateway.url);
      expect(reply.status).toBe(503);
      expect(reply.body).toMatchObject({
        status: 'down',
        reasons: [expect.stringMatching(/^store: .*store/)],
        store: { up: false, reason: expect.stringContaining('store') },
        draining: false,
      });
      expect((await live(gateway.url)).status).toBe(200);
      const refused = await request(gateway.url)
        .get('/api/v1/workflows')
        .set('Authorization', `Bearer ${API_KEY}`);
      expect(refused.status).toBe(503);
      expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(refused.body).toMatchObject({ code: 'store_unavailable' });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await gateway.stop();
    }
  });

  it('draining: 503 and says so, while calls are finished; still live', async () => {
    const gateway = await startGateway({ env: { DRAIN_TIMEOUT_SECONDS: '20' } });
    const api = new Api(gateway);
    const placed = await api.place({ to: THEIR_NUMBER });
    await api.until(placed.workflow_run_id, (call) => call.streaming);
    const stopping = gateway.service.stop();
    const reply = await ready(gateway.url);
    expect(reply.status).toBe(503);
    expect(reply.body).toMatchObject({
      status: 'down',
      reasons: ['draining: this instance is stopping; open streams: 1'],
      draining: true,
      store: { up: true },
    });
    expect((await live(gateway.url)).status).toBe(200);
    gateway.carrier.calls[0]?.hangUp();
    await stopping;
    await gateway.stop();
  });
});

describe('what does not make it unready', () => {
  it('no public address and no carrier: 200, with the fix', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
    const service = await startService(
      parseSettings({
        PORT: '0',
        HOST: '127.0.0.1',
        DATA_DIR: directory,
        API_KEY,
        LOG_LEVEL: testLogLevel(),
        SIMULATED_CARRIER: 'off',
        TUNNEL_METRICS_URL: `http://127.0.0.1:${await claimedPort()}`,
      }),
      { log: testLog() },
    );
    try {
      const reply = await ready(service.localOrigin);
      expect(reply.status).toBe(200);
      expect(reply.body).toMatchObject({
        status: 'up',
        reasons: [],
        warnings: [
          expect.stringMatching(/^public_url: no public address is known: .*PUBLIC_URL/),
          'carriers: no carrier is configured, so nothing can be dialled',
        ],
        public_url: { source: 'none', url: null, fix: expect.stringContaining('PUBLIC_URL') },
        carriers: [
          'twilio',
          'asterisk',
          'signalwire',
          'plivo',
          'vobiz',
          'telnyx',
          'telnyx-texml',
          'exotel',
          'cloudonix',
          'vonage',
        ].map((name) => ({
          name,
          configured: false,
          simulated: false,
        })),
      });
    } finally {
      await service.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
