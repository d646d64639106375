import { parseArgs } from 'node:util';
import { measureCluster, type ClusterResult, type Layout } from './measure-cluster.js';
import { median } from '../median.js';

export const CLUSTER_HELP = `  cluster       the same calls on one, two and three instances on one PostgreSQL, in turn;
                BENCH_DATABASE_URL names a server where databases may be made
    --rounds N    all of it so often (3); targets by the median
`;

/** A process with fewer calls uses more for each, so one with a third of them stands beside three. */
const LAYOUTS: readonly Layout[] = [
  { instances: 1, share: 1 },
  { instances: 3, share: 1 },
  { instances: 2, share: 1 },
  { instances: 1, share: 1 / 3 },
];
const CPU_RATIO_MAX = 1.1;
const WRITES_MORE_MAX = 1;
const READS_MORE_MAX = 1;
/** Of two runs of one layout the gap differs by about this much. */
const GAP_NOISE_MS = 2;
const BUSY_MAX = 0.6;

interface Column {
  head: string;
  width: number;
  cell: (result: ClusterResult) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'instances', width: 9, cell: ({ instances }) => String(instances) },
  { head: 'calls', width: 7, cell: ({ calls }) => String(calls) },
  { head: 'CPU ms/call', width: 13, cell: ({ cpuPerCallMs }) => cpuPerCallMs.toFixed(0) },
  { head: 'bare', width: 6, cell: ({ barePerCallMs }) => barePerCallMs.toFixed(0) },
  { head: 'gap p50', width: 9, cell: ({ gapMs }) => gapMs.p50.toFixed(1) },
  { head: 'p99', width: 7, cell: ({ gapMs }) => gapMs.p99.toFixed(1) },
  { head: 'writes/call', width: 13, cell: ({ writesPerCall }) => writesPerCall.toFixed(2) },
  { head: 'reads/call', width: 12, cell: ({ readsPerCall }) => readsPerCall.toFixed(1) },
  { head: 'nudges/call', width: 13, cell: ({ nudgesPerCall }) => nudgesPerCall.toFixed(2) },
  { head: 'wakes/call', width: 12, cell: ({ wakesPerCall }) => wakesPerCall.toFixed(1) },
  { head: 'idle: CPU %', width: 13, cell: ({ idle }) => (idle.cpu * 100).toFixed(1) },
  { head: 'commits/s', width: 11, cell: ({ idle }) => idle.commitsPerSecond.toFixed(1) },
  { head: 'writes/s', width: 10, cell: ({ idle }) => idle.writesPerSecond.toFixed(1) },
  { head: 'busy %', width: 8, cell: ({ machineBusy }) => (machineBusy * 100).toFixed(0) },
  { head: 'lost', width: 6, cell: ({ framesLost }) => String(framesLost) },
];

/** Returns what it measured and printed. A round that lost or refused something fails the program. */
export async function clusterCommand(args: string[]): Promise<ClusterResult[]> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '3' } } });
  const url = process.env['BENCH_DATABASE_URL'];
  if (url === undefined) throw new Error('BENCH_DATABASE_URL names no PostgreSQL server');
  write('');
  write('cluster: echo of 20 ms frames; writes and reads: transactions that wrote, or only read.');
  write('CPU and counts of all instances, without what they use when there are no calls');
  write(COLUMNS.map(({ head, width }) => head.padStart(width)).join(''));
  const results: ClusterResult[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    // Each layout is first as often as the others.
    const first = round % LAYOUTS.length;
    for (const layout of [...LAYOUTS.slice(first), ...LAYOUTS.slice(0, first)]) {
      const result = await measureCluster(url, layout);
      results.push(result);
      write(COLUMNS.map(({ width, cell }) => cell(result).padStart(width)).join(''));
    }
  }
  printTargets(results);
  const isBad = results.some(({ framesLost, failed }) => framesLost + failed > 0);
  if (isBad) process.exitCode = 1;
  return results;
}

function printTargets(results: readonly ClusterResult[]): void {
  const isValid = ({ machineBusy, generatorLimited }: ClusterResult): boolean =>
    machineBusy <= BUSY_MAX && !generatorLimited;
  const valid = results.filter(isValid);
  write('');
  write(`targets, by the median; ${valid.length} of ${results.length} runs valid (machine at most`);
  write(`${BUSY_MAX * 100} % busy), and of each number of instances those:`);
  const of = (instances: number, pick: (one: ClusterResult) => number): number =>
    median(valid.filter((one) => one.instances === instances && one.share === 1).map(pick));
  const third = median(valid.filter(({ share }) => share < 1).map((one) => one.cpuPerCallMs));
  for (const many of [2, 3]) {
    const cpu = of(many, (one) => one.cpuPerCallMs) / of(1, (one) => one.cpuPerCallMs);
    verdict(`${many} instances: CPU per call, × one`, cpu, CPU_RATIO_MAX);
    const bare = of(many, (one) => one.barePerCallMs) / of(1, (one) => one.barePerCallMs);
    write(`  ${many} bare loops: CPU per call, × one`.padEnd(52) + bare.toFixed(2).padStart(8));
    const above = of(many, (one) => one.cpuPerCallMs / one.barePerCallMs);
    const aboveOne = of(1, (one) => one.cpuPerCallMs / one.barePerCallMs);
    verdict(
      `${many} instances: CPU per call in bare loops, × one`,
      above / aboveOne,
      CPU_RATIO_MAX,
    );
    if (many === 3) {
      const likeEach = of(many, (one) => one.cpuPerCallMs) / third;
      verdict('3 instances: × one with as many calls as each', likeEach, CPU_RATIO_MAX);
    }
    const writes = of(many, (one) => one.writesPerCall) - of(1, (one) => one.writesPerCall);
    verdict(`${many} instances: commits per call, more`, writes, WRITES_MORE_MAX);
    const gap = of(many, (one) => one.gapMs.p99) - of(1, (one) => one.gapMs.p99);
    verdict(`${many} instances: gap p99, ms more`, gap, GAP_NOISE_MS);
    const reads = of(many, (one) => one.readsPerCall) - of(1, (one) => one.readsPerCall);
    verdict(`${many} instances: reads per call, more`, reads, READS_MORE_MAX);
    const [nudges, wakes] = [
      of(many, (one) => one.nudgesPerCall),
      of(many, (one) => one.wakesPerCall),
    ];
    write(
      `  ${many} instances: nudges per call, and wakes by them`.padEnd(52) +
        `${nudges.toFixed(2)}, ${wakes.toFixed(2)}`.padStart(8),
    );
  }
}

function verdict(what: string, value: number, most: number): void {
  const met = Number.isNaN(value) ? 'NOT MEASURED' : value <= most ? 'met' : 'MISSED';
  write(`  ${what}`.padEnd(52) + `${value.toFixed(2).padStart(8)}  at most ${most}  ${met}`);
}

function write(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
