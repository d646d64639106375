import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import { FakeCluster, FakeCommands } from '../../../test/support/fake-cluster.js';
import { until } from '../../../test/support/patience.js';
import { streamLedger } from '../../../test/support/stream-ledgers.js';
import { streamSummary } from '../../../test/support/stream-fakes.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import { Instance } from '../../cluster/instance.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import type { CallRun } from '../ledger/call-run.js';
import { HungUpStreams } from './hung-up-streams.js';
import { LiveFigures } from './live-figures.js';
import { LiveSessions, type LiveSession, type SessionEnd } from './live-sessions.js';
import { StreamCommands } from './stream-commands.js';
import { StreamOwners } from './stream-owners.js';

const QUALITY = { framesIn: 50, framesOut: 40, filledMs: 0, framesLate: 0, jitterMs: 1 };

/** What one of two instances knows of its own streams, and of the other's. */
interface Side {
  sessions: LiveSessions;
  commands: FakeCommands;
  owners: StreamOwners;
  figures: LiveFigures;
  instance: Instance;
}

let store: TestStore;
let bench: ControlBench;
let here: Side;
let there: Side;
let hungUp: HungUpStreams;
const ended: string[] = [];

beforeEach(async () => {
  ended.length = 0;
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
  const cluster = new FakeCluster();
  const side = (name: string, beside?: FakeCommands): Side => {
    const instance = new Instance(name);
    cluster.living.add(instance.id);
    const sessions = new LiveSessions();
    const commands = new FakeCommands(instance.id, beside);
    const owners = new StreamOwners(sessions, cluster, commands, instance);
    const figures = new LiveFigures(sessions, owners, commands, bench.log);
    new StreamCommands(commands, sessions, figures).onModuleInit();
    return { sessions, commands, owners, figures, instance };
  };
  there = side('there');
  here = side('here', there.commands);
  hungUp = new HungUpStreams(bench.feed, here.owners, bench.log);
  hungUp.onModuleInit();
});
afterEach(async () => {
  hungUp.onApplicationShutdown();
  await store.remove();
});

/** A call with a live stream at one of them. */
async function streaming({ sessions, instance }: Side): Promise<CallRun> {
  const { runId } = await bench.dialledRun();
  const ledger = streamLedger({ ...bench, database: store.database, instance });
  const stream = await ledger.begin(runId, `MZ${runId}`, { kind: 'claimed', seen: 0 });
  if (stream.kind !== 'begun') throw new Error(stream.reason);
  const session: Partial<LiveSession> = {
    runId,
    streamId: `MZ${runId}`,
    generation: 1,
    lastAudioAt: performance.now() - 100,
    quality: { ...QUALITY, recentPauseMs: null, firstAudioMs: null },
    end: (cause: SessionEnd) => void ended.push(`${instance.name} ${runId} ${cause}`),
  };
  sessions.add(session as LiveSession);
  return stream.run;
}

describe('a call that is hung up at one instance', () => {
  it.each<[string, () => Side]>([
    ['that has its stream', () => here],
    ['beside the one that has its stream', () => there],
  ])('%s: the stream ends at once, once', async (_, owner) => {
    const run = await streaming(owner());
    bench.carrier.onEnd = () => {
      // Before the carrier was asked.
      expect(ended).toHaveLength(1);
      return { kind: 'accepted' };
    };
    await bench.control.hangUp(run.runId, 'api_hangup');
    await until(() => ended.length > 0);
    await bench.control.hangUp(run.runId, 'max_duration');
    expect(ended).toEqual([`${owner().instance.name} ${run.runId} hung-up`]);
  });

  it('is hung up all the same where the other cannot be told', async () => {
    const run = await streaming(there);
    here.commands.failure = new StoreUnavailableError('away');
    await bench.control.hangUp(run.runId, 'api_hangup');
    await until(() => bench.lines.some(({ event }) => event === 'stream.not_ended'));
    expect([ended, bench.carrier.ended]).toEqual([[], [[run.providerCallId, false]]]);
  });

  it('whose stream is over, or newer than the one that was meant, is told nobody', async () => {
    const run = await streaming(there);
    const ledger = streamLedger({ ...bench, database: store.database, instance: there.instance });
    await ledger.close(run, streamSummary('stop', `MZ${run.runId}`));
    await bench.control.hangUp(run.runId, 'api_hangup');
    expect(here.commands.asked).toEqual([]);
    const args = { cause: 'hung-up' };
    const older = { kind: 'end', runId: run.runId, generation: 0, args } as const;
    await here.commands.send(there.instance.id, older);
    expect(ended).toEqual([]);
  });
});

describe('how good streams are', () => {
  it('is told of all calls, wherever they are, by one question to each instance', async () => {
    const ours = await streaming(here);
    const theirs = [await streaming(there), await streaming(there)];
    const none = await bench.dialledRun();
    const figures = await here.figures.of([ours, ...theirs, none]);
    const asked = [ours, ...theirs].map(({ runId }) => runId);
    expect(new Set(figures.keys())).toEqual(new Set(asked));
    for (const { runId } of [ours, ...theirs]) {
      const told = figures.get(runId);
      expect(told).toMatchObject({ streamId: `MZ${runId}`, quality: QUALITY });
      expect(told?.silentMs).toBeGreaterThanOrEqual(100);
    }
    const runs = theirs.map(({ runId }) => runId);
    expect(here.commands.asked).toMatchObject([{ kind: 'quality', args: { runs } }]);
  });

  it('is left out where an instance does not answer, or cannot be asked', async () => {
    const [ours, theirs] = [await streaming(here), await streaming(there)];
    there.commands.handle('quality', () => ({}));
    expect([...(await here.figures.of([ours, theirs])).keys()]).toEqual([ours.runId]);
    here.commands.failure = new StoreUnavailableError('away');
    expect([...(await here.figures.of([ours, theirs])).keys()]).toEqual([ours.runId]);
    expect(bench.lines.map(({ event }) => event)).toContain('quality.not_asked');
  });
});
