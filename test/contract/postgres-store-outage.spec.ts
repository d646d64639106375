import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { hashToken, mintToken } from '../../src/urls/stream-token.js';
import { controlBench } from '../support/control-bench.js';
import { cuttableLine } from '../support/cuttable-line.js';
import { ledgerBench, statusCallback, type LedgerBench } from '../support/ledger-builders.js';
import { listeningLog } from '../support/listening-log.js';
import { postgresStore, startPostgres, type TestStore } from '../support/stores.js';
import { AUDIO, sessionBench } from '../support/stream-fakes.js';
import { streamLedger } from '../support/stream-ledgers.js';
import { expectQuick, PATIENCE_MS, until } from '../support/patience.js';

const WITHIN_MS = 3_000;

const postgres = await startPostgres();

(postgres ? describe : describe.skip)('PostgreSQL goes away', () => {
  const server = postgres!;
  let store: TestStore;

  beforeEach(async () => {
    await server.start();
    store = await postgresStore(server.url());
  });
  afterEach(async () => {
    await server.start();
    await store.remove();
  });
  afterAll(() => server.dispose());

  test('stopped: everything says "unavailable" in time, and the log once; back again: it goes on by itself', async () => {
    await store.database.close();
    const { log, lines } = listeningLog();
    const database = new PostgresDatabase(store.env['DATABASE_URL'] ?? '', { log });
    await database.open();
    const bench = await ledgerBench(database);
    const { runId } = await bench.run();
    await server.stop();
    for (let round = 0; round < 3; round += 1) {
      await expectUnavailable([
        () => bench.ledger.find({ runId }),
        () => bench.run(),
        () => ring(bench, runId, round),
        () => database.read((db) => db.selectFrom('users').selectAll().execute()),
      ]);
    }
    expect(await database.report()).toMatchObject({ kind: 'postgres', up: false, migrated: true });
    await server.start();
    await recovered(() => ring(bench, runId, 9));
    expect(await database.report()).toMatchObject({ up: true, reason: null });
    expect((await bench.ledger.events(runId)).map(({ sequence }) => sequence)).toContain(9);
    const told = () => lines.filter(({ event }) => event.startsWith('store.'));
    await until(() => told().some(({ event }) => event === 'store.available'));
    expect(told().at(-1)).toMatchObject({ after_seconds: expect.any(Number) });
    const away = told().filter(({ event }) => event === 'store.unavailable');
    // Once for each cause: connections that broke, and then refused ones.
    expect(away.at(-1)).toMatchObject({
      level: 'error',
      port: server.port,
      cause: expect.stringContaining(String(server.port)),
      fix: expect.any(String),
    });
    expect(new Set(away.map(({ cause }) => cause)).size).toBe(away.length);
    await database.close();
  });

  test('a crash under fire loses nothing that was acknowledged', async () => {
    const bench = await ledgerBench(store.database);
    const runs = await Promise.all(Array.from({ length: 10 }, () => bench.run()));
    const acknowledged = new Set<string>();
    let refused = 0;
    const fire = new AbortController();
    const shoot = async (runId: number): Promise<void> => {
      for (let sequence = 0; !fire.signal.aborted; sequence += 1) {
        await ring(bench, runId, sequence).then(
          () => acknowledged.add(`${runId}:${sequence}`),
          () => {
            refused += 1;
            return sleep(10);
          },
        );
      }
    };
    const shooting = Promise.all(runs.map(({ runId }) => shoot(runId)));
    await sleep(300);
    await server.stop('immediate');
    await sleep(300);
    await server.start();
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + 50);
    fire.abort();
    await shooting;
    const kept = new Set<string>();
    const positions: number[] = [];
    for (const { runId } of runs) {
      for (const { sequence } of await bench.ledger.events(runId)) kept.add(`${runId}:${sequence}`);
      positions.push((await bench.ledger.find({ runId }))?.position ?? 0);
    }
    expect([...acknowledged].filter((each) => !kept.has(each))).toEqual([]);
    expect(new Set(positions).size).toBe(runs.length);
    process.stderr.write(
      `postgres crash: ${acknowledged.size} acknowledged, ${refused} refused, none lost\n`,
    );
  });

  test('silent while a call is to be handed over: the call goes on here, and is handed over once the store is back', async () => {
    await store.database.close();
    const line = await cuttableLine(server.port);
    const url = new URL(store.env['DATABASE_URL'] ?? '');
    url.port = String(line.port);
    const database = new PostgresDatabase(url.href);
    await database.open();
    try {
      const bench = await controlBench(database);
      const run = await bench.dialledRun({ agent: 'scripted' });
      const { session, socket, say } = sessionBench(
        (call) => ({ onAudio: (audio) => call.sendAudio(audio), snapshot: () => ({ step: 1 }) }),
        { on: streamLedger({ ...bench, database }), runId: run.runId, resumes: true },
      );
      const token = mintToken();
      await bench.ledger.change({ runId: run.runId }, (draft) =>
        draft?.mintToken({
          tokenHash: hashToken(token),
          providerCallId: run.providerCallId ?? '',
          expiresAt: new Date(bench.clock.now().getTime() + 60_000),
        }),
      );
      const ids = { callSid: run.providerCallId, accountSid: run.accountId };
      const start = { streamSid: 'MZ1', ...ids, customParameters: { token } };
      say({ event: 'start', start });
      // Some of it later: what was said while the stream opened is ahead of it.
      const hearsItself = async (): Promise<void> => {
        const before = socket.sent.length;
        say(AUDIO);
        await until(() => socket.sent.length > before);
      };
      await hearsItself();
      line.cut();
      expect(await session.leave(true)).toBe(false);
      await hearsItself();
      expect(socket.closes).toEqual([]);
      line.mend();
      await until(() => session.leave(true));
      expect(socket.closes).toEqual([1012]);
      const steps = (await bench.events(run)).flatMap(({ detail }) => detail['step'] ?? []);
      expect(steps).toEqual(['started', 'ended']);
      expect(await bench.reread(run)).toMatchObject({ streamState: 'moving', endedAt: null });
    } finally {
      line.mend();
      await database.close().catch(() => undefined);
      await line.close();
    }
  });

  test('silent: those who wait behind others are told in time too, and the line heals', async () => {
    await store.database.close();
    const line = await cuttableLine(server.port);
    const url = new URL(store.env['DATABASE_URL'] ?? '');
    url.port = String(line.port);
    const database = new PostgresDatabase(url.href);
    await database.open();
    try {
      const bench = await ledgerBench(database);
      const { runId } = await bench.run();
      line.cut();
      const waves: Array<Promise<void>> = [];
      for (let wave = 0; wave < 6; wave += 1) {
        waves.push(
          expectUnavailable([
            () => ring(bench, runId, wave),
            () => bench.ledger.find({ runId }),
            () => bench.run(),
          ]),
        );
        await sleep(400);
      }
      await Promise.all(waves);
      line.mend();
      await recovered(() => ring(bench, runId, 9));
      const sequences = (await bench.ledger.events(runId)).map(({ sequence }) => sequence);
      expect(sequences.filter((sequence) => sequence === 9).length).toBeGreaterThan(0);
      line.cut();
      const started = performance.now();
      await database.close();
      expectQuick(performance.now() - started, 5_000);
    } finally {
      line.mend();
      await database.close().catch(() => undefined);
      await line.close();
    }
  });

  test('not there at the start: the start goes on, and the store is ready when it comes', async () => {
    await store.database.close();
    await server.stop();
    const database = store.another();
    await database.open();
    try {
      expect(await database.report()).toMatchObject({ up: false, migrated: false });
      await expectUnavailable([() => ledgerBench(database)]);
      await server.start();
      await recovered(() => ledgerBench(database));
      expect(await database.report()).toMatchObject({ up: true, migrated: true });
    } finally {
      await database.close();
    }
  });
});

function ring({ ledger }: LedgerBench, runId: number, sequence: number): Promise<unknown> {
  return ledger.change({ runId }, (draft) => draft?.record(statusCallback('ringing', sequence)));
}

async function expectUnavailable(asks: Array<() => Promise<unknown>>): Promise<void> {
  const started = performance.now();
  const results = await Promise.allSettled(asks.map((ask) => ask()));
  const took = performance.now() - started;
  for (const result of results) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
  }
  expectQuick(took, WITHIN_MS);
}

/** Resolves when it works again, without a nudge from us. */
async function recovered(ask: () => Promise<unknown>): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const done = await ask().then(
      () => true,
      (error: unknown) => (performance.now() < giveUpAt ? false : Promise.reject(error)),
    );
    if (done) return;
    await sleep(100);
  }
}
