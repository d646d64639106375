import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Histogram } from './histogram.js';
import type { Figures, FromGenerator, GeneratorPlan } from './plan.js';
import { cpuSeconds, residentBytes } from './proc.js';
import { answers, type ServerUnderTest } from './servers.js';

/** Above these the generator itself may be what is measured. */
const GENERATOR_CPU_MAX = 0.85;
const GENERATOR_LATENESS_MAX_MS = 10;
const LAG_PROBE_MS = 50;
/** Calls before memory is looked at for the first time: code is compiled, pools are filled. */
const WARM_CALLS = 20;

export interface MediaFigures {
  server: string;
  calls: number;
  seconds: number;
  /** µs of the server's CPU for one frame in and one out. */
  cpuPerFrameUs: number;
  /** Of one core, for one call. */
  coreShare: number;
  gapMs: { p50: number; p99: number; max: number };
  roundTripMs: { p50: number; p95: number; p99: number };
  setUpMs: { p50: number; p99: number };
  framesSent: number;
  framesLost: number;
  memoryPerCallMb: number;
  /** Of the whole process, from a fifth of the window to its end: what does not come back. */
  memoryGrowthMb: number;
  /** Round trip of an HTTP request meanwhile: how long the event loop is held. */
  loopMs: { p50: number; p99: number };
  opened: number;
  rejected: number;
  failed: number;
  arrivals: { total: number; failed: number; p50: number; p99: number } | null;
  generator: { cpu: number; latenessP99Ms: number; limited: boolean };
}

export type Load = Pick<GeneratorPlan, 'calls' | 'callsPerSecond' | 'seconds' | 'arrivals'> & {
  shards: number;
};

/** One server under one load. */
export async function benchMedia(
  name: string,
  server: ServerUnderTest,
  load: Load,
): Promise<MediaFigures> {
  const plan = { port: server.port, patchbay: server.patchbay };
  await generate({ ...plan, ...load, calls: WARM_CALLS, seconds: 2, arrivals: 0 }, 1);
  await sleep(500);
  const idleBytes = residentBytes(server.pid);
  const lag = new Histogram();
  let cpuBefore = 0;
  let cpu = 0;
  let bytes = 0;
  let settledBytes = 0;
  let settling: NodeJS.Timeout | undefined;
  const probing = new AbortController();
  const probe = (async () => {
    while (!probing.signal.aborted) {
      const at = performance.now();
      await answers(server.port);
      lag.add(performance.now() - at);
      await sleep(LAG_PROBE_MS);
    }
  })();
  const figures = await generate({ ...plan, ...load }, load.shards, {
    onMeasuring: () => {
      cpuBefore = cpuSeconds(server.pid);
      settling = setTimeout(() => {
        settledBytes = residentBytes(server.pid);
      }, load.seconds * 200);
    },
    onMeasured: () => {
      cpu = cpuSeconds(server.pid) - cpuBefore;
      bytes = residentBytes(server.pid);
    },
  });
  probing.abort();
  clearTimeout(settling);
  await probe;
  return summary(name, load, figures, {
    cpu,
    bytes: bytes - idleBytes,
    growth: bytes - settledBytes,
    lag,
  });
}

async function generate(
  plan: GeneratorPlan,
  shards: number,
  on: { onMeasuring?: () => void; onMeasured?: () => void } = {},
): Promise<Figures[]> {
  const share = (total: number, shard: number): number =>
    Math.floor(total / shards) + (shard < total % shards ? 1 : 0);
  return Promise.all(
    Array.from({ length: shards }, async (_, shard) => {
      const child = fork(fileURLToPath(new URL('./generator.js', import.meta.url)));
      try {
        return await new Promise<Figures>((resolve, reject) => {
          child.on('exit', (code) => reject(new Error(`a generator ended with ${code}`)));
          child.on('message', (message: FromGenerator) => {
            if (message.kind === 'ready') {
              child.send({
                ...plan,
                calls: share(plan.calls, shard),
                callsPerSecond: plan.callsPerSecond / shards,
                arrivals: plan.arrivals / shards,
              });
            } else if (message.kind === 'measuring' && shard === 0) on.onMeasuring?.();
            else if (message.kind === 'measured' && shard === 0) on.onMeasured?.();
            else if (message.kind === 'done') resolve(message.figures);
          });
        });
      } finally {
        const gone = once(child, 'exit');
        if (child.exitCode === null) await Promise.race([gone, sleep(3_000)]);
        child.kill('SIGKILL');
      }
    }),
  );
}

function summary(
  server: string,
  load: Load,
  figures: Figures[],
  seen: { cpu: number; bytes: number; growth: number; lag: Histogram },
): MediaFigures {
  const total = (pick: (one: Figures) => number): number =>
    figures.reduce((sum, one) => sum + pick(one), 0);
  const merged = (pick: (one: Figures) => unknown): Histogram => {
    const whole = new Histogram();
    for (const one of figures) {
      const { counts, max } = pick(one) as { counts: number[]; max: number };
      whole.merge(new Histogram(counts, max));
    }
    return whole;
  };
  const [gap, roundTrip] = [merged((one) => one.gap), merged((one) => one.roundTrip)];
  const [setUp, arrivals] = [merged((one) => one.setUp), merged((one) => one.arrivalSetUp)];
  const lateness = merged((one) => one.lateness).at(0.99);
  const generatorCpu = Math.max(...figures.map((one) => one.generatorCpu));
  const [sent, back] = [total((one) => one.framesSent), total((one) => one.framesBack)];
  const opened = total((one) => one.opened);
  return {
    server,
    calls: load.calls,
    seconds: load.seconds,
    cpuPerFrameUs: (seen.cpu * 1e6) / Math.max(1, back),
    coreShare: seen.cpu / load.seconds / Math.max(1, opened),
    gapMs: { p50: gap.at(0.5), p99: gap.at(0.99), max: gap.max },
    roundTripMs: { p50: roundTrip.at(0.5), p95: roundTrip.at(0.95), p99: roundTrip.at(0.99) },
    setUpMs: { p50: setUp.at(0.5), p99: setUp.at(0.99) },
    framesSent: sent,
    framesLost: sent - back,
    memoryPerCallMb: seen.bytes / 2 ** 20 / Math.max(1, opened - WARM_CALLS),
    memoryGrowthMb: seen.growth / 2 ** 20,
    loopMs: { p50: seen.lag.at(0.5), p99: seen.lag.at(0.99) },
    opened,
    rejected: total((one) => one.rejected),
    failed: total((one) => one.failed),
    arrivals:
      load.arrivals > 0
        ? {
            total: total((one) => one.arrivals),
            failed: total((one) => one.arrivalsFailed),
            p50: arrivals.at(0.5),
            p99: arrivals.at(0.99),
          }
        : null,
    generator: {
      cpu: generatorCpu,
      latenessP99Ms: lateness,
      limited: generatorCpu > GENERATOR_CPU_MAX || lateness > GENERATOR_LATENESS_MAX_MS,
    },
  };
}
