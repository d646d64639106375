import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { queuedRun } from '../../../test/support/call-builders.js';
import { FakeCluster, FakeCommands } from '../../../test/support/fake-cluster.js';
import { SilentLog } from '../../../test/support/ledger-builders.js';
import { Instance } from '../../cluster/instance.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { CallFeed } from '../ledger/call-feed.js';
import type { CallRun } from '../ledger/call-run.js';
import { LiveSessions, type LiveSession } from './live-sessions.js';
import { StreamOwners } from './stream-owners.js';
import { ToldMachines } from './told-machines.js';

class CountingLog extends SilentLog {
  warnings = 0;

  override warn(): void {
    this.warnings += 1;
  }
}

describe('who answered', () => {
  const cluster = new FakeCluster();
  const there = new Instance('there');
  const here = new Instance('here');
  cluster.living.add(there.id);
  const heard: string[] = [];
  const log = new CountingLog();
  let feed: CallFeed;
  let commands: FakeCommands;
  let told: ToldMachines[];

  /** One of two instances, with the call's stream or without. */
  const side = (instance: Instance, wires: FakeCommands, hasStream: boolean): ToldMachines => {
    const sessions = new LiveSessions();
    const session: Partial<LiveSession> = {
      runId: 5,
      tellMachine: (answeredBy) => void heard.push(`${instance.name}: ${answeredBy}`),
    };
    if (hasStream) sessions.add(session as LiveSession);
    const owners = new StreamOwners(sessions, cluster, wires, instance);
    const one = new ToldMachines(
      instance === here ? feed : new CallFeed(),
      wires,
      sessions,
      owners,
      log,
    );
    one.onModuleInit();
    return one;
  };
  const setUp = (owner: Instance): void => {
    heard.length = 0;
    feed = new CallFeed();
    const others = new FakeCommands(there.id);
    commands = new FakeCommands(here.id, others);
    told = [side(there, others, owner === there), side(here, commands, owner === here)];
  };
  /** A commit of this instance's. */
  const commit = (answeredBy: string | null, before: string | null, owner = here): void => {
    const run: CallRun = queuedRun({
      runId: 5,
      streamGeneration: 1,
      streamState: 'live',
      streamInstance: owner.id,
      answeredBy,
    });
    const earlier = { ...run, answeredBy: before };
    feed.committed([{ run, before: earlier, began: false, ended: false }]);
  };

  beforeEach(() => setUp(here));
  afterEach(() => told.forEach((one) => one.onApplicationShutdown()));

  it('is told to the stream of this instance when it is known, and when more is', () => {
    commit(null, null);
    commit('machine_start', null);
    commit('machine_start', 'machine_start');
    commit('machine_end_beep', 'machine_start');
    expect(heard).toEqual(['here: machine_start', 'here: machine_end_beep']);
    expect(commands.asked).toEqual([]);
  });

  it('is told to the stream of another instance', async () => {
    setUp(there);
    commit('human', null, there);
    await Promise.resolve();
    expect(heard).toEqual(['there: human']);
  });

  it('is logged where the other cannot be told', async () => {
    setUp(there);
    commands.failure = new StoreUnavailableError('away');
    commit('human', null, there);
    await new Promise((next) => setImmediate(next));
    expect([heard, log.warnings]).toEqual([[], 1]);
  });
});
