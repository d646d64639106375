// One of several processes that place and dial calls over one PostgreSQL database. It runs what
// `npm test` has compiled. Its carrier accepts every dial, and appends a line with the run's id and
// the machine's monotonic time in milliseconds to the file `PLACED`, which outlives a process that
// is killed. A second account, `refusing`, refuses every dial, and writes into `PLACED-refused`.
//
// Its parent sends it requests for runs; it answers each with the result and the run's id.
// Disconnected, it stops as the service does.
import { appendFileSync } from 'node:fs';
import { CallMetrics } from '../../dist/src/calls/call-metrics.js';
import { Circuits } from '../../dist/src/calls/dialling/circuits.js';
import { DialQueue } from '../../dist/src/calls/dialling/dial-queue.js';
import { LeftDials } from '../../dist/src/calls/dialling/left-dials.js';
import { CallFeed } from '../../dist/src/calls/ledger/call-feed.js';
import { CallLedger } from '../../dist/src/calls/ledger/call-ledger.js';
import { Instance } from '../../dist/src/cluster/instance.js';
import { StoreLeases } from '../../dist/src/cluster/store-leases.js';
import { CallControl } from '../../dist/src/control/call-control.js';
import { DialFailover } from '../../dist/src/control/dial-failover.js';
import { DialRoutes } from '../../dist/src/control/dial-routes.js';
import { DialAttempts } from '../../dist/src/control/dial-attempts.js';
import { DialOutcomes } from '../../dist/src/control/dial-outcomes.js';
import { Dialler } from '../../dist/src/control/dialler.js';
import { SyncedFeeds } from '../../dist/src/control/synced-feeds.js';
import { PostgresDatabase } from '../../dist/src/database/postgres-database.js';
import { LEAST } from '../../dist/src/providers/capabilities.js';
import { ProviderRegistry } from '../../dist/src/providers/provider-registry.js';
import { SystemClock } from '../../dist/src/shared/clock.js';
import { Draining } from '../../dist/src/shared/draining.js';
import { NoTracer } from '../../dist/src/shared/tracing/tracer.js';

const { DATABASE_URL, PLACED, PER_SECOND } = process.env;

const noted = (file, runId) =>
  appendFileSync(file, `${runId} ${Number(process.hrtime.bigint()) / 1e6}\n`);
const accountWith = (key, answer) => ({
  key,
  kind: 'twilio',
  accountId: 'AC1',
  numbers: ['+15005550006'],
  callsPerSecond: Number(PER_SECOND),
  capabilities: LEAST,
  ingress: { transport: 'webhook' },
  calls: { place: async (call) => answer(call) },
});
const account = accountWith('twilio', ({ runId }) => {
  noted(PLACED, runId);
  return { kind: 'accepted', ids: { call: `CA${runId}` }, accountId: null, httpStatus: 201 };
});
const refusing = accountWith('refusing', ({ runId }) => {
  noted(`${PLACED}-refused`, runId);
  return { kind: 'rejected', blame: 'account', code: '1', message: 'no', httpStatus: 401 };
});

const log = { debug() {}, info() {}, warn() {}, error: (...line) => console.error(...line) };
const clock = new SystemClock();
const tracer = new NoTracer();
const metrics = new CallMetrics();
const instance = new Instance();
const database = new PostgresDatabase(DATABASE_URL, { deadlineMs: 30_000 });
await database.open();
const leases = new StoreLeases(database, instance);
await leases.beat();
const beats = setInterval(() => void leases.beat(), 2_000);
const ledger = new CallLedger(database, new CallFeed(), clock, { silenceMs: 60_000 });
const providers = new ProviderRegistry([
  { name: 'twilio', needs: 'A_KEY', accounts: [account, refusing], hasUnprefixedPaths: true },
]);
const control = new CallControl(ledger, providers, metrics, tracer, clock, log);
const queue = new DialQueue(database, leases);
const circuits = new Circuits(database);
const routes = new DialRoutes(providers, circuits, log);
const failover = new DialFailover(ledger, routes, providers, log);
const dialler = new Dialler(
  queue,
  new LeftDials(database, leases),
  circuits,
  new DialAttempts(ledger, control, queue, providers, failover, routes, metrics, tracer, log),
  failover,
  new DialOutcomes(ledger, queue, log),
  providers,
  new SyncedFeeds(),
  instance,
  new Draining(),
  metrics,
  clock,
  log,
);
await dialler.onApplicationBootstrap();

async function place(request) {
  const by = providers.find(request.run.accountKey);
  const result = await ledger.create({ ...request, ...dialler.admission(by) });
  if (result.kind !== 'created') return { kind: result.kind };
  const outcome = await dialler.dial(result.run, by, 5_000);
  const kind = typeof outcome === 'symbol' ? 'queued' : outcome.kind;
  return { kind, runId: result.run.runId };
}

async function stop() {
  await dialler.beforeApplicationShutdown();
  clearInterval(beats);
  await leases.leave();
  await ledger.drained();
  await database.close();
  process.exit();
}

process.on('message', ({ nth, request }) => {
  void place(request).then((result) => process.connected && process.send({ nth, ...result }));
});
process.on('disconnect', () => void stop());
process.send({ nth: -1 });
