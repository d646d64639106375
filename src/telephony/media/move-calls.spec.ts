import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { SilentLog } from '../../../test/support/ledger-builders.js';
import { ClusterSettings } from '../../config/settings.js';
import type { Capabilities } from '../../providers/capabilities.js';
import { TwilioCarrier } from '../../providers/twilio/twilio.carrier.js';
import type { MediaSession } from './media-session.js';
import { MoveCalls } from './move-calls.js';
import type { MovePace } from './move-pace.js';

class FakeSession {
  isQuiet = true;
  watched = 0;
  /** How often it cannot be moved before it can. */
  fails = 0;
  readonly account: { capabilities: Capabilities };

  constructor(
    readonly runId: number,
    private readonly bench: Bench,
    capabilities: Partial<Capabilities>,
  ) {
    this.account = { capabilities: { ...TwilioCarrier.CAPABILITIES, ...capabilities } };
  }

  watchForPause(): void {
    this.watched += 1;
  }

  isAtPause(): boolean {
    return this.isQuiet;
  }

  async leave(closes: boolean): Promise<boolean> {
    if (this.fails > 0) {
      this.fails -= 1;
      this.bench.done.push(`${this.runId} stayed`);
      return false;
    }
    this.bench.live.delete(this);
    this.bench.done.push(`${this.runId} ${closes ? 'closed' : 'left open'}`);
    return true;
  }
}

interface Bench {
  live: Set<FakeSession>;
  done: string[];
}

/** A session that is live. */
function session(runId: number, capabilities: Partial<Capabilities> = {}): FakeSession {
  const made = new FakeSession(runId, bench, capabilities);
  bench.live.add(made);
  return made;
}

let bench: Bench;
let cluster: FakeCluster;
let paced: number;
let storeIsAway: boolean;

beforeEach(() => {
  bench = { live: new Set(), done: [] };
  cluster = new FakeCluster();
  cluster.hasReadyOther = true;
  paced = 0;
  storeIsAway = false;
});

function moveAll(movePatienceSeconds = 600): Promise<number> {
  const pace = {
    next: async () => {
      paced += 1;
      if (!storeIsAway) return 0;
      storeIsAway = false;
      throw new Error('away');
    },
  } as unknown as MovePace;
  const settings = new ClusterSettings({ movePatienceSeconds });
  const moves = new MoveCalls(cluster, pace, settings, new SilentLog());
  const live = () => [...bench.live] as unknown as MediaSession[];
  return moves.moveAll(live, () => undefined);
}

describe('moving calls', () => {
  it('takes those at a pause first, each in its turn', async () => {
    const talking = session(1);
    talking.isQuiet = false;
    session(2);
    const third = session(3);
    const leave = third.leave.bind(third);
    third.leave = (closes) => {
      talking.isQuiet = true;
      return leave(closes);
    };
    expect(await moveAll()).toBe(3);
    expect(bench.done).toEqual(['2 closed', '3 closed', '1 closed']);
    expect([paced, talking.watched]).toEqual([3, 1]);
  });

  it('does not wait for a pause beyond its patience', async () => {
    session(1).isQuiet = false;
    expect(await moveAll(0)).toBe(1);
  });

  it('goes on with a call where its carrier is asked, or can be told; no other is moved', async () => {
    session(1, { resumes: 'no', redirects: true });
    session(2, { resumes: 'no', redirects: false });
    session(3, { resumes: 'rest', redirects: false });
    expect(await moveAll()).toBe(2);
    expect(bench.done).toEqual(['1 left open', '3 closed']);
  });

  it('tries again where a call could not be moved, and counts it once', async () => {
    session(1).fails = 1;
    session(2);
    expect(await moveAll()).toBe(2);
    expect(bench.done).toEqual(['1 stayed', '2 closed', '1 closed']);
  });

  it('moves nothing where nobody is ready to take it', async () => {
    session(1);
    cluster.hasReadyOther = false;
    expect(await moveAll()).toBe(0);
    expect(bench.done).toEqual([]);
  });

  it('waits while the store is away, in which nothing could be handed over', async () => {
    session(1);
    storeIsAway = true;
    expect(await moveAll()).toBe(1);
    expect(paced).toBe(2);
  });
});
