import { beforeEach, describe, expect, it } from '@jest/globals';
import { listeningLog } from '../../../test/support/listening-log.js';
import { until } from '../../../test/support/patience.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { SyncedFeeds } from '../../control/synced-feeds.js';
import type { UnlistedCalls } from '../../control/unlisted-calls.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { EventFeed, FeedTold, ResyncResult } from '../../providers/ingress.js';
import { FeedReader } from './feed-reader.js';
import type { TakeTold, UntilStored } from './take-told.js';

const account = { key: 'fed', ingress: { transport: 'feed' } } as unknown as CarrierAccount;

const told = (call: string, runId: number | null = null): FeedTold => ({
  ids: { call },
  accountId: null,
  runId,
  events: [],
  question: null,
});

let taken: string[];
let isDown: boolean;
let fault: Error | null;
let list: ResyncResult;
let compared: number;
let closed: boolean;
let synced: SyncedFeeds;
let reader: FeedReader;
let lines: ReturnType<typeof listeningLog>['lines'];

beforeEach(() => {
  taken = [];
  isDown = false;
  fault = null;
  list = { kind: 'listed', calls: [] };
  compared = 0;
  closed = false;
  synced = new SyncedFeeds();
  const listening = listeningLog();
  lines = listening.lines;
  reader = new FeedReader({
    account,
    feed: {
      open: () => ({ close: async () => void (closed = true) }),
      resync: async () => list,
    } as unknown as EventFeed,
    taker: {
      take: async (_: CarrierAccount, { ids, runId }: FeedTold, untilStored: UntilStored) => {
        await untilStored(async () => {
          if (isDown) throw new StoreUnavailableError('down');
          if (fault) throw fault;
          taken.push(`${ids.call} ${runId}`);
        });
      },
    } as unknown as TakeTold,
    unlisted: {
      known: async () => [] as CallRun[],
      conclude: async () => {
        compared += 1;
        return 0;
      },
    } as unknown as UnlistedCalls,
    synced,
    log: listening.log,
    againMs: 1,
    waitingMax: 3,
  });
  reader.open();
});

const events = () => lines.map(({ event }) => event);

describe('the reader of a feed', () => {
  it('keeps what was reported while the store is down, in order for each call', async () => {
    isDown = true;
    const first = reader.told(told('a', 1));
    const second = reader.told(told('a', 2));
    const other = reader.told(told('b', 3));
    isDown = false;
    expect(await Promise.all([first, second, other])).toEqual([true, true, true]);
    expect(taken.filter((one) => one.startsWith('a'))).toEqual(['a 1', 'a 2']);
    expect(taken).toContain('b 3');
  });

  it('refuses what is too much to keep, and compares the calls when the store is back', async () => {
    reader.connected();
    await until(() => synced.mayDial(account), 'the first list is in the ledger');
    isDown = true;
    const kept = ['a', 'b', 'c'].map((call) => reader.told(told(call)));
    expect(await reader.told(told('d'))).toBe(false);
    expect(synced.mayDial(account)).toBe(false);
    isDown = false;
    expect(await Promise.all(kept)).toEqual([true, true, true]);
    await until(() => synced.mayDial(account), 'the calls were compared again');
    expect(compared).toBe(2);
    expect(events()).toContain('feed.overflow');
  });

  it('may not dial before the list is in the ledger, nor without a connection', async () => {
    list = { kind: 'failed', message: 'not now' };
    reader.connected();
    await until(
      () => events().filter((one) => one === 'feed.not_listed').length >= 2,
      'it asks on',
    );
    expect(synced.mayDial(account)).toBe(false);
    list = { kind: 'listed', calls: [told('a'), told('b')] };
    await until(() => synced.mayDial(account), 'the list is in the ledger');
    expect(taken).toEqual(['a null', 'b null']);
    reader.lost();
    expect(synced.mayDial(account)).toBe(false);
  });

  it('gives up only the message that meets an error which nobody foresaw', async () => {
    fault = new Error('a mistake');
    expect(await reader.told(told('a'))).toBe(false);
    fault = null;
    expect(await reader.told(told('a'))).toBe(true);
    expect(events()).toEqual(['feed.failed']);
  });

  it('closes although the store is down, and takes nothing afterwards', async () => {
    isDown = true;
    const kept = reader.told(told('a'));
    reader.connected();
    await reader.close();
    expect([await kept, closed]).toEqual([false, true]);
    isDown = false;
    reader.connected();
    expect(await reader.told(told('b'))).toBe(false);
    expect(taken).toEqual([]);
    expect(synced.mayDial(account)).toBe(false);
  });
});
