import type { MediaResult, SpanResult } from './bench-media.js';
import { median } from '../median.js';

const NAME_WIDTH = 15;

/** A result beside that of the bare loop in the same round. */
export interface Pair {
  result: MediaResult;
  bare: MediaResult | null;
}

interface Column {
  head: string;
  width: number;
  cell: (result: MediaResult, bare: MediaResult | null) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'calls', width: 5, cell: ({ opened }) => String(opened) },
  { head: 'µs/frame', width: 9, cell: ({ cpuPerFrameUs }) => cpuPerFrameUs.toFixed(1) },
  {
    head: '× bare',
    width: 7,
    cell: ({ cpuPerFrameUs }, bare) =>
      bare ? (cpuPerFrameUs / bare.cpuPerFrameUs).toFixed(2) : '',
  },
  { head: 'gap p50', width: 8, cell: ({ gapMs }) => ms(gapMs.p50) },
  { head: 'p99', width: 6, cell: ({ gapMs }) => ms(gapMs.p99) },
  { head: 'max', width: 7, cell: ({ gapMs }) => ms(gapMs.max) },
  { head: 'round p50', width: 10, cell: ({ roundTripMs }) => ms(roundTripMs.p50) },
  { head: 'p99', width: 6, cell: ({ roundTripMs }) => ms(roundTripMs.p99) },
  { head: 'first p50', width: 10, cell: ({ firstAudioMs }) => ms(firstAudioMs.p50) },
  { head: 'p95', width: 6, cell: ({ firstAudioMs }) => ms(firstAudioMs.p95) },
  { head: 'lost', width: 5, cell: ({ framesLost }) => String(framesLost) },
  { head: 'MB/call', width: 8, cell: ({ memoryPerCallMb }) => memoryPerCallMb.toFixed(3) },
  { head: 'lag p99', width: 8, cell: ({ loopLagMs }) => ms(loopLagMs.p99) },
];

export function printHead(what: string): void {
  const heads = COLUMNS.map(({ head, width }) => head.padStart(width)).join('');
  process.stdout.write(
    `\nmedia: ${what}; times in ms; admission control off, but for overload\n  ${''.padEnd(NAME_WIDTH)}${heads}\n`,
  );
}

/** One row, and a line with the facts that show whether it is valid. */
export function printResult({ result, bare }: Pair): void {
  const cells = COLUMNS.map(({ width, cell }) => cell(result, bare).padStart(width)).join('');
  const notes = [
    `${result.framesSent} frames`,
    ...count(result.rejected, 'refused in TwiML'),
    ...count(result.failed, 'not opened'),
    ...count(result.dropped, 'dropped'),
    ...count(result.disordered, 'frames out of order'),
    ...(result.interruptions > 0
      ? [`${result.interruptions} interruptions, audio taken back ${result.clears} times`]
      : []),
    ...(result.modelPerFrameUs > 0
      ? [`${result.modelPerFrameUs.toFixed(1)} µs of it the voice model`]
      : []),
    `memory by fifths of the time ${result.memoryMb.map(ms).join(', ')} MB`,
    generatorNote(result),
    `others ${percent(result.elsewhere.busy)}, the host ${percent(result.elsewhere.stolen)} of a core`,
  ];
  write(result.name.padEnd(NAME_WIDTH) + cells);
  write(' '.repeat(NAME_WIDTH) + notes.join('; '));
  if (result.arrivals) printArrivals(result, result.arrivals, bare?.arrivals ?? null);
}

function printArrivals(
  { gapMs }: MediaResult,
  { perSecond, serverCpu, cpuPerCallMs, standing, opening }: NonNullable<MediaResult['arrivals']>,
  bare: MediaResult['arrivals'],
): void {
  const times = bare ? ` (${(cpuPerCallMs / bare.cpuPerCallMs).toFixed(2)} × bare)` : '';
  const { answerMs, upgradeMs, setUpMs, firstAudioMs } = opening;
  const failures = opening.failed + opening.rejected;
  write(
    `  ${opening.opened} new calls at ${perSecond} a second, ${failures} failed: ` +
      `webhook p50 ${ms(answerMs.p50)} p99 ${ms(answerMs.p99)}, ` +
      `upgrade p50 ${ms(upgradeMs.p50)} p99 ${ms(upgradeMs.p99)}, ` +
      `set up p50 ${ms(setUpMs.p50)} p99 ${ms(setUpMs.p99)}, ` +
      `first audio p50 ${ms(firstAudioMs.p50)} p95 ${ms(firstAudioMs.p95)}`,
  );
  write(
    `  the others meanwhile: gap p99 ${ms(standing.gapMs.p99)} (before: ${ms(gapMs.p99)}), ` +
      `max ${ms(standing.gapMs.max)}, lost ${standing.framesLost}; server ${(serverCpu * 100).toFixed(0)} % of a core, ${cpuPerCallMs.toFixed(1)} ms for each new call${times}; ${generatorNote(standing)}`,
  );
}

interface Target {
  what: string;
  most: number;
  digits: number;
  /** Null if there is nothing to compare with. */
  of: (pair: Pair) => number | null;
}

const TARGETS: readonly Target[] = [
  {
    what: 'CPU per frame, × bare',
    most: 1.25,
    digits: 2,
    of: ({ result, bare }) => bare && result.cpuPerFrameUs / bare.cpuPerFrameUs,
  },
  { what: 'gap p99, ms', most: 30, digits: 1, of: ({ result }) => result.gapMs.p99 },
  { what: 'MB per call', most: 0.25, digits: 3, of: ({ result }) => result.memoryPerCallMb },
  {
    what: 'first audio p95 added, ms',
    most: 5,
    digits: 1,
    of: ({ result, bare }) => bare && result.firstAudioMs.p95 - bare.firstAudioMs.p95,
  },
];

/** The targets, compared with the median of the valid rounds. */
export function printTargets(what: string, pairs: readonly Pair[]): void {
  const valid = pairs.filter(
    ({ result, bare }) => !result.generator.limited && bare?.generator.limited !== true,
  );
  write(`\n  ${what}, targets, ${valid.length} of ${pairs.length} rounds valid:`);
  for (const target of TARGETS) {
    const value = median(valid.flatMap((pair) => target.of(pair) ?? []));
    if (Number.isNaN(value)) continue;
    const verdict = value <= target.most ? 'met' : 'MISSED';
    const figure = value.toFixed(target.digits).padStart(8);
    write(`  ${target.what.padEnd(28)}${figure}  at most ${target.most}  ${verdict}`);
  }
}

function generatorNote({ generator }: Pick<SpanResult, 'generator'>): string {
  const { cpu, latenessP99Ms, limited } = generator;
  const seen = `generator ${(cpu * 100).toFixed(0)} % of a core, p99 ${ms(latenessP99Ms)} late`;
  return limited ? `${seen}: NOT VALID, it was the limit` : seen;
}

function count(number: number, what: string): string[] {
  return number > 0 ? [`${number} ${what}`] : [];
}

function percent(share: number): string {
  return `${(Math.max(0, share) * 100).toFixed(0)} %`;
}

function ms(value: number): string {
  return value.toFixed(1);
}

function write(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
