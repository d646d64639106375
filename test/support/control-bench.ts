import { CallMetrics } from '../../src/calls/call-metrics.js';
import { Circuits } from '../../src/calls/dialling/circuits.js';
import { DialQueue } from '../../src/calls/dialling/dial-queue.js';
import { LeftDials } from '../../src/calls/dialling/left-dials.js';
import type { RecordedEvent } from '../../src/calls/ledger/call-event.js';
import type { CallRun, NewRun } from '../../src/calls/ledger/call-run.js';
import { LiveRuns } from '../../src/calls/ledger/live-runs.js';
import { Whereabouts } from '../../src/calls/streams/whereabouts.js';
import type { Cluster, Member } from '../../src/cluster/cluster.js';
import { LiveSessions, type LiveSession } from '../../src/calls/streams/live-sessions.js';
import { Instance } from '../../src/cluster/instance.js';
import { StoreLeases } from '../../src/cluster/store-leases.js';
import { ReconcileSettings } from '../../src/config/settings.js';
import type { Database } from '../../src/database/database.js';
import { DialFailover } from '../../src/control/dial-failover.js';
import { DialRoutes } from '../../src/control/dial-routes.js';
import { DialAttempts } from '../../src/control/dial-attempts.js';
import { DialOutcomes, type DialOutcome } from '../../src/control/dial-outcomes.js';
import { Dialler } from '../../src/control/dialler.js';
import { CallControl } from '../../src/control/call-control.js';
import { LostDials } from '../../src/control/lost-dials.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { Reconciler } from '../../src/control/reconciler.js';
import { Draining } from '../../src/shared/draining.js';
import { SyncedFeeds } from '../../src/control/synced-feeds.js';
import { NoTracer } from '../../src/shared/tracing/tracer.js';
import { LATE } from '../../src/shared/within.js';
import { FakeCarrier, OUR_ACCOUNT, UnprefixedKind } from './fake-carrier.js';
import { ledgerBench, SetClock, type LedgerBench } from './ledger-builders.js';
import { listeningLog, type LogLine } from './listening-log.js';
import { PATIENCE_MS } from './patience.js';

export const NOW = new Date('2026-03-01T12:00:00.000Z');
export const INTERVAL_MS = 30_000;
export const AFTER_MS = 60_000;

export interface ControlBench extends LedgerBench {
  clock: SetClock;
  carrier: FakeCarrier;
  metrics: CallMetrics;
  providers: ProviderRegistry;
  runs: LiveRuns;
  sessions: LiveSessions;
  /** The living instances. */
  members: Member[];
  control: CallControl;
  lostDials: LostDials;
  circuits: Circuits;
  routes: DialRoutes;
  /** What a dialler does with a run that it has claimed. */
  attempts: DialAttempts;
  reconciler: Reconciler;
  /** Log lines since the bench was made. */
  lines: LogLine[];
  log: ReturnType<typeof listeningLog>['log'];
  /** The dialler of a separate instance. */
  dialler: (draining?: Draining) => Dialler;
  /** Dials a run that {@link LedgerBench.run} has put into the queue. */
  dial: (dialler: Dialler, run: CallRun) => Promise<DialOutcome>;
  draining: Draining;
  /** Matters where the carrier's ingress is a feed. */
  feeds: SyncedFeeds;
  /** A run whose call is known to the carrier. */
  dialledRun: (fields?: Partial<NewRun>) => Promise<CallRun>;
  /** Reads the current state of a run. */
  reread: (run: CallRun) => Promise<CallRun>;
  change: (run: CallRun, fields: Partial<CallRun>) => Promise<CallRun>;
  events: (run: CallRun) => Promise<RecordedEvent[]>;
  /** Adds a stream of the run that last received audio `agoMs` ago. */
  hear: (run: CallRun, agoMs?: number) => void;
}

/**
 * Everything that controls calls at the carrier, over a real ledger and a carrier
 * with scripted answers.
 *
 * @param others further accounts
 */
export async function controlBench(
  database: Database,
  carrier: FakeCarrier = new FakeCarrier(),
  others: readonly FakeCarrier[] = [],
): Promise<ControlBench> {
  const clock = new SetClock(NOW);
  const bench = await ledgerBench(database, clock);
  const { ledger } = bench;
  const { log, lines } = listeningLog();
  const metrics = new CallMetrics();
  const draining = new Draining();
  const feeds = new SyncedFeeds();
  const providers = new ProviderRegistry([
    new UnprefixedKind(
      carrier.kind,
      [carrier, ...others].filter(({ isConfigured }) => isConfigured),
    ),
  ]);
  const runs = new LiveRuns(database, bench.leases);
  const sessions = new LiveSessions();
  const members: Member[] = [];
  const cluster = { members: () => members } as unknown as Cluster;
  const control = new CallControl(ledger, providers, metrics, new NoTracer(), clock, log);
  const lostDials = new LostDials(ledger, runs, control, providers, clock, log);
  const reconciler = new Reconciler(
    ledger,
    runs,
    sessions,
    new Whereabouts(sessions, cluster, new Instance()),
    providers,
    control,
    lostDials,
    new ReconcileSettings({ afterSeconds: AFTER_MS / 1000, intervalSeconds: INTERVAL_MS / 1000 }),
    clock,
    log,
  );
  const circuits = new Circuits(database);
  const routes = new DialRoutes(providers, circuits, log);
  const failover = new DialFailover(ledger, routes, providers, log);
  const tracer = new NoTracer();
  const attemptsIn = (queue: DialQueue): DialAttempts =>
    new DialAttempts(ledger, control, queue, providers, failover, routes, metrics, tracer, log);
  const queuePolicy = { perSecond: carrier.callsPerSecond, patienceMs: 60_000 };
  const run: LedgerBench['run'] = async (fields) => {
    const request = bench.request({ accountId: OUR_ACCOUNT, ...fields });
    const isDialled = request.run.direction === 'outbound' && request.run.providerCallId === null;
    const result = await ledger.create({ ...request, queue: isDialled ? queuePolicy : null });
    if (result.kind !== 'created') throw new Error(`the run was not created: ${result.kind}`);
    return result.run;
  };
  const change: ControlBench['change'] = (of, fields) =>
    ledger.change({ runId: of.runId }, (draft) => {
      if (!draft) throw new Error('no such run');
      draft.change(fields);
      return draft.run;
    });
  const reread: ControlBench['reread'] = async (of) => {
    const found = await ledger.find({ runId: of.runId });
    if (!found) throw new Error('no such run');
    return found;
  };
  let calls = 0;
  return {
    ...bench,
    run,
    clock,
    carrier,
    draining,
    feeds,
    metrics,
    providers,
    runs,
    sessions,
    members,
    control,
    lostDials,
    circuits,
    routes,
    attempts: attemptsIn(new DialQueue(database, bench.leases)),
    reconciler,
    lines,
    log,
    dialler: (itsDraining = draining) => {
      const instance = new Instance();
      const leases = new StoreLeases(database, instance);
      const queue = new DialQueue(database, leases);
      return new Dialler(
        queue,
        new LeftDials(database, leases),
        circuits,
        attemptsIn(queue),
        failover,
        new DialOutcomes(ledger, queue, log),
        providers,
        feeds,
        instance,
        itsDraining,
        metrics,
        clock,
        log,
      );
    },
    dial: async (dialler, of) => {
      const outcome = await dialler.dial(of, carrier, PATIENCE_MS);
      if (outcome === LATE) throw new Error('nothing became of the dial');
      return outcome;
    },
    dialledRun: async (fields) => {
      const providerCallId = `CA${String((calls += 1)).padStart(32, '0')}`;
      const made = await run({ providerCallId, ...fields });
      return change(made, { dialledAt: clock.now() });
    },
    reread,
    change,
    events: (of) => ledger.events(of.runId),
    hear: ({ runId }, agoMs = 0) => {
      const session: Partial<LiveSession> = { runId, lastAudioAt: performance.now() - agoMs };
      sessions.add(session as LiveSession);
    },
  };
}
