import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { listeningLog } from '../../../test/support/listening-log.js';
import { until } from '../../../test/support/patience.js';
import type { Leases } from '../../cluster/leases.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { Draining } from '../../shared/draining.js';
import type { FeedReader } from './feed-reader.js';
import { LeasedFeed } from './leased-feed.js';

/** One account's feed as an instance reads it. */
class Reading {
  readonly cluster = new FakeCluster();
  readonly draining = new Draining();
  readonly feed: LeasedFeed;
  readings = 0;
  isReading = false;
  /** How often the lease was asked for. */
  asked = 0;

  constructor(private readonly name: string) {
    this.feed = new LeasedFeed({
      account: 'fed',
      reader: () => this.reader(),
      leases: this.leases(),
      cluster: this.cluster,
      draining: this.draining,
      log: listeningLog().log,
      lookMs: 1,
    });
    this.feed.open();
  }

  private leases(): Leases {
    return {
      takeJob: async (job: string) => {
        this.asked += 1;
        if (isDown) throw new StoreUnavailableError('down');
        holder ??= this.name;
        jobs.add(job);
        return holder === this.name;
      },
      giveJob: async () => {
        expect(this.isReading).toBe(false);
        if (holder === this.name) holder = null;
      },
    } as Partial<Leases> as Leases;
  }

  private reader(): FeedReader {
    return {
      open: () => {
        expect([one, other].some(({ isReading }) => isReading)).toBe(false);
        this.isReading = true;
        this.readings += 1;
      },
      close: async () => {
        await Promise.resolve();
        this.isReading = false;
      },
    } as unknown as FeedReader;
  }

  /** Resolves when it has asked for the lease again, twice. */
  async looks(): Promise<void> {
    const { asked } = this;
    await until(() => this.asked >= asked + 2);
  }
}

let holder: string | null;
let isDown: boolean;
let jobs: Set<string>;
let one: Reading;
let other: Reading;

beforeEach(async () => {
  holder = null;
  isDown = false;
  jobs = new Set();
  one = new Reading('one');
  other = new Reading('other');
  await until(() => one.isReading);
});
afterEach(() => Promise.all([one.feed.close(), other.feed.close()]));

describe('the feed of an account', () => {
  it('is read by the instance that has its lease, and by it alone', async () => {
    await other.looks();
    await one.looks();
    expect([one.readings, other.readings, [...jobs]]).toEqual([1, 0, ['feed fed']]);
  });

  it('is passed on by an instance that drains, once another one is ready', async () => {
    one.draining.start();
    await one.looks();
    expect([one.isReading, other.isReading]).toEqual([true, false]);
    one.cluster.hasReadyOther = true;
    await until(() => other.isReading);
    expect(one.isReading).toBe(false);
    one.cluster.hasReadyOther = false;
    holder = null;
    await other.feed.close();
    // The other one is gone: the calls that still go on here need it.
    holder = 'one';
    await until(() => one.isReading);
  });

  it('is left by an instance that has lost the lease', async () => {
    holder = 'a third one';
    await until(() => !one.isReading);
    await one.looks();
    expect(one.readings).toBe(1);
  });

  it('is read on while the store is away, until the instance is fenced, and again afterwards', async () => {
    isDown = true;
    await one.looks();
    expect(one.isReading).toBe(true);
    one.cluster.fenced = true;
    await until(() => !one.isReading);
    isDown = false;
    await one.looks();
    expect([one.isReading, one.readings]).toEqual([false, 1]);
    one.cluster.fenced = false;
    await until(() => one.isReading);
    expect(one.readings).toBe(2);
  });

  it('is left for good when the service stops', async () => {
    await one.feed.close();
    expect(one.isReading).toBe(false);
    const { asked } = one;
    await other.looks();
    expect(one.asked).toBe(asked);
  });
});
