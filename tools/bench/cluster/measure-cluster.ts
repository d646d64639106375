import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from '../media/generate.js';
import { Histogram } from '../media/histogram.js';
import type { Figures } from '../media/plan.js';
import { cpuSeconds, machineTime } from '../media/proc.js';
import {
  SERVERS,
  claim,
  newKeys,
  startPatchbay,
  type PatchbayUnderTest,
} from '../media/servers.js';
import { REPORTED_MS, StoreWatch, withDatabase, type StoreCounts } from './store-counts.js';

const INSTANCE = new URL('../../../src/main.js', import.meta.url);
/** The same whatever the number of instances, so that they are loaded in the same way. */
const GENERATORS = 1;
const CALLS = {
  calls: 264,
  callsPerSecond: 44,
  seconds: 10,
  arrivals: { perSecond: 11, seconds: 10 },
};
/**
 * For each process, whatever calls it is measured with: long enough that its code is compiled. After 8 s of
 * 60 calls much of it is not, and the fewer calls a process gets, the longer that costs each of them.
 */
const WARM_UP = {
  calls: 100,
  callsPerSecond: 20,
  seconds: 40,
  arrivals: { perSecond: 5, seconds: 10 },
};
/** By then what the warm-up left is done. */
const SETTLE_MS = 4_000;
const IDLE_MS = 10_000;
/** We hear the nudges too. */
const WATCHES = 1;

/** What instances use while there are no calls, of all of them together. */
export interface Idle {
  /** Share of one core. */
  cpu: number;
  commitsPerSecond: number;
  writesPerSecond: number;
}

/** What one number of instances was measured at. */
export interface ClusterResult extends Layout {
  calls: number;
  idle: Idle;
  /** Above what the instances use without calls: of all of them, in milliseconds. */
  cpuPerCallMs: number;
  /** The same of bare `ws` loops, as many processes with the same calls, in the same run. */
  barePerCallMs: number;
  /** Transactions that only read, and that wrote. */
  readsPerCall: number;
  writesPerCall: number;
  nudgesPerCall: number;
  /** How often an instance hears one. */
  wakesPerCall: number;
  gapMs: { p50: number; p99: number };
  framesLost: number;
  failed: number;
  /** Share of all cores that was used, by whatever it was. */
  machineBusy: number;
  generatorLimited: boolean;
}

interface Seen extends StoreCounts {
  at: number;
  cpu: number;
  machine: number;
}

export interface Layout {
  instances: number;
  /** How much of the calls they get: 1 is all of them. */
  share: number;
}

/** Starts so many instances on an empty database, and gives them calls. */
export async function measureCluster(serverUrl: string, layout: Layout): Promise<ClusterResult> {
  const barePerCallMs = await measureBare(layout);
  return { ...(await measureInstances(serverUrl, layout)), barePerCallMs };
}

/** Processor time of a call in bare loops: what a process with fewer calls uses more has nothing to do with us. */
async function measureBare({ instances, share }: Layout): Promise<number> {
  const servers = await Promise.all(Array.from({ length: instances }, () => SERVERS.bare()));
  try {
    const [port = 0, ...otherPorts] = servers.map((server) => server.port);
    const target = { port, otherPorts, patchbay: null };
    const cpu = (): number => servers.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
    await generate({ ...target, ...shareOf(WARM_UP, instances) }, GENERATORS);
    const before = cpu();
    const figures = await generate({ ...target, ...shareOf(CALLS, share) }, GENERATORS);
    const calls = figures.reduce((sum, one) => sum + openedOf(one), 0);
    return ((cpu() - before) * 1_000) / calls;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function measureInstances(
  serverUrl: string,
  { instances, share }: Layout,
): Promise<Omit<ClusterResult, 'barePerCallMs'>> {
  return withDatabase(serverUrl, async (url) => {
    const keys = newKeys();
    const env = {
      DATABASE_URL: url,
      CREDENTIALS_KEY: randomBytes(32).toString('base64'),
      MAX_CONCURRENT_CALLS: '100000',
    };
    const servers: PatchbayUnderTest[] = [];
    const watch = await StoreWatch.start(url, serverUrl);
    try {
      for (let nth = 0; nth < instances; nth += 1) {
        servers.push(await startPatchbay(INSTANCE, keys, env));
      }
      const [first] = servers;
      if (!first) throw new Error('at least one instance is measured');
      await claim(first.port, keys);
      return { share, ...(await measure(servers, first, watch, share)) };
    } finally {
      await watch.stop();
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
}

async function measure(
  servers: readonly PatchbayUnderTest[],
  first: PatchbayUnderTest,
  watch: StoreWatch,
  share: number,
): Promise<Omit<ClusterResult, 'share' | 'barePerCallMs'>> {
  const look = async (): Promise<Seen> => ({
    ...(await watch.counts()),
    at: performance.now(),
    cpu: servers.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0),
    machine: machineTime().busy,
  });
  const otherPorts = servers.filter((server) => server !== first).map(({ port }) => port);
  const target = { port: first.port, otherPorts, patchbay: first.patchbay };
  await generate({ ...target, ...shareOf(WARM_UP, servers.length) }, GENERATORS);
  await sleep(SETTLE_MS);
  const before = await look();
  await sleep(IDLE_MS);
  const idleEnd = await look();
  const figures = await generate({ ...target, ...shareOf(CALLS, share) }, GENERATORS);
  const loaded = await look();
  await sleep(REPORTED_MS);
  const end = await look();
  const idle = idleOf(before, idleEnd);
  const calls = figures.reduce((sum, one) => sum + openedOf(one), 0);
  const spent = (of: 'commits' | 'writes' | 'cpu', idlePerSecond: number): number =>
    (end[of] - idleEnd[of] - (idlePerSecond * (end.at - idleEnd.at)) / 1_000) / calls;
  const nudgesPerCall = (end.nudges - idleEnd.nudges) / calls;
  const gap = Histogram.of(figures.map(({ steady }) => steady.gap));
  return {
    instances: servers.length,
    calls,
    idle,
    cpuPerCallMs: spent('cpu', idle.cpu) * 1_000,
    // PostgreSQL counts a transaction for each that hears a nudge, without any query.
    readsPerCall:
      spent('commits', idle.commitsPerSecond) -
      spent('writes', idle.writesPerSecond) -
      nudgesPerCall * (servers.length + WATCHES),
    // A nudge is a transaction of its own, which writes nothing and waits for no disk.
    writesPerCall: spent('writes', idle.writesPerSecond) - nudgesPerCall,
    nudgesPerCall,
    wakesPerCall: nudgesPerCall * servers.length,
    gapMs: { p50: gap.at(0.5), p99: gap.at(0.99) },
    framesLost: figures.reduce((sum, { steady }) => sum + steady.framesSent - steady.framesBack, 0),
    failed: figures.reduce((sum, one) => sum + failedOf(one), 0),
    machineBusy:
      ((loaded.machine - idleEnd.machine) * 1_000) / (loaded.at - idleEnd.at) / cpus().length,
    generatorLimited: figures.some(({ steady }) => steady.generatorCpu > 0.85),
  };
}

function shareOf<P extends typeof CALLS>(plan: P, share: number): P {
  const { calls, callsPerSecond, arrivals } = plan;
  return {
    ...plan,
    calls: Math.round(calls * share),
    callsPerSecond: callsPerSecond * share,
    arrivals: { ...arrivals, perSecond: arrivals.perSecond * share },
  };
}

function idleOf(before: Seen, after: Seen): Idle {
  const seconds = (after.at - before.at) / 1_000;
  return {
    cpu: (after.cpu - before.cpu) / seconds,
    commitsPerSecond: (after.commits - before.commits) / seconds,
    writesPerSecond: (after.writes - before.writes) / seconds,
  };
}

function openedOf({ opening, arrivals }: Figures): number {
  return opening.opened + (arrivals?.opening.opened ?? 0);
}

function failedOf({ opening, arrivals, dropped }: Figures): number {
  const all = [opening, ...(arrivals ? [arrivals.opening] : [])];
  return all.reduce((sum, { failed, rejected }) => sum + failed + rejected, dropped);
}
