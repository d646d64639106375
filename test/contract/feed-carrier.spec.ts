import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FeedTold } from '../../src/providers/ingress.js';
import { BINARY_FRAME_BYTES } from '../support/binary-dialect.js';
import { FeedCarrier } from '../support/feed-carrier/feed-carrier.js';
import { FeedExchange } from '../support/feed-carrier/feed-exchange.js';
import { until } from '../support/patience.js';
import { absenceContract, liveContract, streamContract } from './carrier.contract.js';

const OURS = '+12025550100';
const THEIRS = '+14155552671';
const API_KEY = 'key-of-the-api';

function accountAt(apiUrl: string): FeedCarrier {
  const mediaUrl = 'ws://127.0.0.1:1';
  return new FeedCarrier({ key: 'fed', apiUrl, apiKey: API_KEY, numbers: [OURS], mediaUrl });
}

describe('the adapter of a carrier with a feed', () => {
  const absent = accountAt('http://127.0.0.1:1');

  describe('the stream', () => {
    streamContract(absent, {
      messages: {
        start: null,
        audio: Buffer.alloc(BINARY_FRAME_BYTES),
        dtmf: 'DIGIT 5',
        mark: null,
        stop: null,
      },
    });
  });
  describe('alone', () => {
    absenceContract(absent);

    it('lists nothing and can be instructed to nothing, and throws nothing', async () => {
      const failed = { kind: 'failed', message: expect.any(String) };
      expect(await absent.ingress.resync()).toEqual(failed);
      expect(await absent.ingress.perform({ kind: 'hangup' }, { call: 'x' })).toEqual(failed);
    });
  });
  describe('beside its carrier', () => {
    liveContract({
      live: async () => {
        const exchange = await FeedExchange.start(API_KEY);
        return {
          account: accountAt(exchange.apiUrl),
          placed: () => exchange.calls.length,
          stop: () => exchange.stop(),
        };
      },
    });
  });

  describe('the feed', () => {
    let exchange: FeedExchange;
    let account: FeedCarrier;
    beforeAll(async () => {
      exchange = await FeedExchange.start(API_KEY);
      account = accountAt(exchange.apiUrl);
    });
    afterAll(() => exchange.stop());

    it('tells the statuses of its capabilities, and connects again; nothing once it is closed', async () => {
      const told: FeedTold[] = [];
      let [connected, lost] = [0, 0];
      const handle = account.ingress.open({
        connected: () => void (connected += 1),
        lost: () => void (lost += 1),
        told: async (one) => {
          told.push(one);
          return true;
        },
      });
      await until(() => connected === 1, 'it is connected');
      for (const because of ['hangup', 'busy', 'no_answer', 'failed'] as const) {
        const call = exchange.callIn(THEIRS, OURS);
        if (because === 'hangup') exchange.answer(call);
        exchange.end(call, because);
      }
      await until(() => told.length === 9, 'everything is told');
      const events = told.flatMap((one) => one.events);
      const statuses = new Set(events.map(({ status }) => status));
      expect(statuses).toEqual(new Set(account.capabilities.tells));
      expect(new Set(events.map(({ source }) => source))).toEqual(new Set(['feed']));
      const keys = told.flatMap(({ ids, events: of }) =>
        of.map((one) => [ids.call, one.dedupeKey]),
      );
      expect(new Set(keys.map(String)).size).toBe(keys.length);

      exchange.cut();
      await until(() => lost === 1 && connected === 2, 'it connects again');
      await handle.close();
      exchange.callIn(THEIRS, OURS);
      await until(() => !exchange.isConnected, 'it is closed');
      expect(told).toHaveLength(9);
    });

    it('lists the calls that are alive, with the run of a dial', async () => {
      const dial = {
        runId: 7,
        idempotencyKey: 'patchbay-7-1',
        to: THEIRS,
        from: OURS,
        urls: null,
        ringTimeoutSeconds: 60,
        maxDurationSeconds: 60,
        machineDetection: null,
      };
      const dialled = await account.calls.place(dial);
      if (dialled.kind !== 'accepted') throw new Error(dialled.kind);
      const listed = async () => {
        const list = await account.ingress.resync();
        if (list.kind === 'failed') throw new Error(list.message);
        return list.calls.filter(({ ids }) => ids.call === dialled.ids.call);
      };
      expect(await listed()).toMatchObject([{ runId: 7, question: null }]);
      await account.calls.end(dialled.ids);
      expect(await listed()).toEqual([]);
    });
  });
});
