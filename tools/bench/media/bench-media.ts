import { setTimeout as sleep } from 'node:timers/promises';
import { withGenerators, type Generate } from './generate.js';
import { Histogram, type HistogramJson } from './histogram.js';
import { MemoryWatch } from './memory-watch.js';
import type { Figures, FromProbe, GeneratorPlan, OpeningFigures, SpanFigures } from './plan.js';
import { cpuSeconds, helperSeconds, machineTime, residentBytes, type MachineTime } from './proc.js';
import type { ServerUnderTest } from './servers.js';

/** Above these figures the run may measure the generator itself. */
const GENERATOR_CPU_MAX = 0.85;
const GENERATOR_LATENESS_MAX_MS = 10;
/** Calls before memory is read for the first time, so that code is compiled and pools are filled. */
const WARM_UP = { calls: 20, seconds: 2 };
/** Before a working call is measured: as many calls, for so long that its code is compiled, which a service does once. */
const WORKING_WARM_UP = { seconds: 15, arrivals: null };
const ARRIVALS_WARM_UP_SECONDS = 60;
const MIB = 2 ** 20;
const NO_LAG: Promise<FromProbe> = Promise.resolve({ p50: 0, p99: 0, max: 0 });

/** Milliseconds. */
export interface Times {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export interface SpanResult {
  framesSent: number;
  framesLost: number;
  disordered: number;
  interruptions: number;
  clears: number;
  gapMs: Times;
  roundTripMs: Times;
  generator: { cpu: number; latenessP99Ms: number; limited: boolean };
}

export interface OpeningResult {
  opened: number;
  rejected: number;
  failed: number;
  answerMs: Times;
  upgradeMs: Times;
  setUpMs: Times;
  firstAudioMs: Times;
}

export interface MediaResult extends SpanResult, OpeningResult {
  name: string;
  server: string;
  calls: number;
  seconds: number;
  /** µs of the server's CPU for one frame in and one out. */
  cpuPerFrameUs: number;
  /** What of it the voice model used, in its thread. */
  modelPerFrameUs: number;
  /** Share of one core for one call. */
  coreShare: number;
  memoryPerCallMb: number;
  /** Memory of the whole process: the mean in each fifth of the time. */
  memoryMb: number[];
  loopLagMs: FromProbe;
  /** Share of one core that was used meanwhile by other processes than server and generator, and by the host. */
  elsewhere: MachineTime;
  dropped: number;
  arrivals: {
    perSecond: number;
    /** Share of one core, meanwhile. */
    serverCpu: number;
    /** What the server used for each of them, beyond what it uses for those that go on: ms. */
    cpuPerCallMs: number;
    standing: SpanResult;
    opening: OpeningResult;
  } | null;
}

export type Load = Pick<
  GeneratorPlan,
  'calls' | 'callsPerSecond' | 'seconds' | 'arrivals' | 'working'
> & {
  shards: number;
};

/** Measures one server under one load. */
export function benchMedia(
  name: string,
  serverName: string,
  server: ServerUnderTest,
  { shards, ...load }: Load,
): Promise<MediaResult> {
  return withGenerators(shards, (generate) => measured(generate, name, serverName, server, load));
}

async function measured(
  generate: Generate,
  name: string,
  serverName: string,
  server: ServerUnderTest,
  load: Omit<Load, 'shards'>,
): Promise<MediaResult> {
  const { port, patchbay, dials } = server;
  const target = { port, patchbay, ...(dials && { dials }) };
  await generate({ ...target, ...load, ...WARM_UP, arrivals: slower(load.arrivals) });
  await sleep(500);
  const idleBytes = residentBytes(server.pid);
  if (load.working) await generate({ ...target, ...load, ...WORKING_WARM_UP });
  const memoryMb: number[] = [];
  const seen = { cpu: { steady: 0, arrivals: 0 }, model: 0, bytes: 0, memoryMb, lag: NO_LAG };
  const machine = { busy: 0, stolen: 0 };
  let watch: MemoryWatch | null = null;
  const figures = await generate({ ...target, ...load }, (span, edge) => {
    seen.cpu[span] += (edge === 'end' ? 1 : -1) * cpuSeconds(server.pid);
    if (span !== 'steady') return;
    seen.model += (edge === 'end' ? 1 : -1) * helperSeconds(server.pid);
    const { busy, stolen } = machineTime();
    machine.busy += edge === 'end' ? busy : -busy;
    machine.stolen += edge === 'end' ? stolen : -stolen;
    if (edge === 'begin') {
      server.beginLag();
      watch = new MemoryWatch(server.pid);
    } else {
      seen.bytes = residentBytes(server.pid) - idleBytes;
      seen.memoryMb = watch?.end() ?? [];
      seen.lag = server.endLag();
    }
  });
  const opening = openingResult(figures.map((one) => one.opening));
  const open = Math.max(1, opening.opened);
  const through = sum(figures, (one) => one.steady.framesThrough);
  return {
    name,
    server: serverName,
    calls: load.calls,
    seconds: load.seconds,
    cpuPerFrameUs: (seen.cpu.steady * 1e6) / Math.max(1, through),
    modelPerFrameUs: (seen.model * 1e6) / Math.max(1, through),
    coreShare: seen.cpu.steady / load.seconds / open,
    memoryPerCallMb: seen.bytes / MIB / open,
    memoryMb: seen.memoryMb,
    loopLagMs: await seen.lag,
    elsewhere: {
      busy:
        (machine.busy - seen.cpu.steady) / load.seconds -
        sum(figures, (one) => one.steady.generatorCpu),
      stolen: machine.stolen / load.seconds,
    },
    dropped: sum(figures, (one) => one.dropped),
    ...spanResult(figures.map((one) => one.steady)),
    ...opening,
    arrivals: load.arrivals && {
      perSecond: load.arrivals.perSecond,
      serverCpu: seen.cpu.arrivals / load.arrivals.seconds,
      cpuPerCallMs:
        (1_000 * (seen.cpu.arrivals - (seen.cpu.steady * load.arrivals.seconds) / load.seconds)) /
        (load.arrivals.perSecond * load.arrivals.seconds),
      ...arrivalsResult(figures),
    },
  };
}

/**
 * Half as many new calls, for longer: what begins a call is compiled too, in the server and in the
 * generator, which a service does once.
 */
function slower(arrivals: Load['arrivals']): Load['arrivals'] {
  return (
    arrivals && {
      perSecond: Math.max(1, arrivals.perSecond / 2),
      seconds: ARRIVALS_WARM_UP_SECONDS,
    }
  );
}

/** It lost or refused something, or the generator was the limit. */
export function isBad(result: MediaResult): boolean {
  const { framesLost, disordered, failed, dropped, generator, arrivals } = result;
  const arrivalsBad =
    arrivals !== null && (arrivals.opening.failed > 0 || arrivals.standing.generator.limited);
  return framesLost + disordered + failed + dropped > 0 || generator.limited || arrivalsBad;
}

function arrivalsResult(figures: readonly Figures[]): {
  standing: SpanResult;
  opening: OpeningResult;
} {
  const all = figures.flatMap(({ arrivals }) => (arrivals ? [arrivals] : []));
  return {
    standing: spanResult(all.map((one) => one.standing)),
    opening: openingResult(all.map((one) => one.opening)),
  };
}

function spanResult(spans: readonly SpanFigures[]): SpanResult {
  const cpu = Math.max(...spans.map((one) => one.generatorCpu));
  const latenessP99Ms = times(spans.map((one) => one.lateness)).p99;
  const framesSent = sum(spans, (one) => one.framesSent);
  return {
    framesSent,
    framesLost: framesSent - sum(spans, (one) => one.framesBack),
    disordered: sum(spans, (one) => one.disordered),
    interruptions: sum(spans, (one) => one.interruptions),
    clears: sum(spans, (one) => one.clears),
    gapMs: times(spans.map((one) => one.gap)),
    roundTripMs: times(spans.map((one) => one.roundTrip)),
    generator: {
      cpu,
      latenessP99Ms,
      limited: cpu > GENERATOR_CPU_MAX || latenessP99Ms > GENERATOR_LATENESS_MAX_MS,
    },
  };
}

function openingResult(openings: readonly OpeningFigures[]): OpeningResult {
  return {
    opened: sum(openings, (one) => one.opened),
    rejected: sum(openings, (one) => one.rejected),
    failed: sum(openings, (one) => one.failed),
    answerMs: times(openings.map((one) => one.answer)),
    upgradeMs: times(openings.map((one) => one.upgrade)),
    setUpMs: times(openings.map((one) => one.setUp)),
    firstAudioMs: times(openings.map((one) => one.firstAudio)),
  };
}

function times(parts: readonly HistogramJson[]): Times {
  const whole = Histogram.of(parts);
  const max = Math.round(whole.max * 10) / 10;
  return { p50: whole.at(0.5), p95: whole.at(0.95), p99: whole.at(0.99), max };
}

function sum<T>(all: readonly T[], pick: (one: T) => number): number {
  return all.reduce((total, one) => total + pick(one), 0);
}
