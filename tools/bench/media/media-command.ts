import { parseArgs } from 'node:util';
import { benchMedia, type Load, type MediaFigures } from './bench-media.js';
import { hasOpenAiAgents, patchbay, SERVERS, type ServerUnderTest } from './servers.js';

export const MEDIA_HELP = `  media         frames of calls, both ways, beside three baselines
    --calls N     calls at a time (200)
    --seconds N   how long they are measured (15)
    --shards N    processes that generate (1)
    --only A,B    of patchbay, bare, nest, openai-agents, capacity, set-up, overload
`;

/** Every part, in order; a name of `--only` picks it. */
const PARTS = ['bare', 'patchbay', 'nest', 'openai-agents', 'capacity', 'set-up', 'overload'];
const NO_LIMIT = 100_000;

export async function mediaCommand(args: string[]): Promise<MediaFigures[]> {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '15' },
      shards: { type: 'string', default: '1' },
      only: { type: 'string', default: PARTS.join(',') },
    },
  });
  const only = values.only.split(',');
  const unknown = only.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) throw new Error(`--only knows ${PARTS.join(', ')}, not ${unknown[0]}`);
  const load: Load = {
    calls: whole(values.calls, 'calls'),
    seconds: whole(values.seconds, 'seconds'),
    shards: whole(values.shards, 'shards'),
    callsPerSecond: 50,
    arrivals: 0,
  };
  const results: MediaFigures[] = [];
  const run = async (name: string, start: () => Promise<ServerUnderTest>, with_: Load) => {
    const server = await start();
    const interrupted = (): void => void server.stop().finally(() => process.exit(130));
    process.once('SIGINT', interrupted);
    try {
      const result = await benchMedia(name, server, with_);
      results.push(result);
      print(result, results.find((one) => one.server === 'bare') ?? null);
    } finally {
      process.off('SIGINT', interrupted);
      await server.stop();
    }
  };
  process.stdout.write(
    `\nmedia: ${load.calls} calls, ${load.seconds} s, no limit of concurrent calls unless said\n${HEAD}`,
  );
  for (const part of PARTS.filter((one) => only.includes(one))) {
    switch (part) {
      case 'patchbay':
        await run('patchbay', () => patchbay(NO_LIMIT), load);
        break;
      case 'openai-agents':
        if (hasOpenAiAgents()) await run(part, SERVERS[part], load);
        else {
          process.stdout.write(
            '  openai-agents: not installed; npm ci --prefix tools/bench/media/openai-agents\n',
          );
        }
        break;
      case 'capacity':
        await run('500 calls', () => patchbay(NO_LIMIT), { ...load, calls: 500 });
        break;
      case 'set-up':
        await run('75 new/s', () => patchbay(NO_LIMIT), { ...load, calls: 200, arrivals: 75 });
        break;
      case 'overload':
        await run('overload', () => patchbay(load.calls), { ...load, calls: 2 * load.calls });
        break;
      case 'bare':
      case 'nest':
        await run(part, SERVERS[part], load);
        break;
      default:
    }
  }
  return results;
}

const COLUMNS = [
  ['µs/frame', 9],
  ['ratio', 6],
  ['gap p50', 8],
  ['p99', 7],
  ['max', 7],
  ['rtt p50', 8],
  ['p95', 7],
  ['p99', 7],
  ['lost', 6],
  ['MB/call', 8],
  ['loop p99', 9],
  ['set-up p99', 11],
] as const;
const HEAD = `  ${''.padEnd(14)}${COLUMNS.map(([name, width]) => name.padStart(width)).join('')}\n`;

function print(result: MediaFigures, bare: MediaFigures | null): void {
  const { gapMs, roundTripMs, generator, arrivals } = result;
  const cells = [
    result.cpuPerFrameUs.toFixed(1),
    bare ? (result.cpuPerFrameUs / bare.cpuPerFrameUs).toFixed(2) : '',
    ms(gapMs.p50),
    ms(gapMs.p99),
    ms(gapMs.max),
    ms(roundTripMs.p50),
    ms(roundTripMs.p95),
    ms(roundTripMs.p99),
    String(result.framesLost),
    result.memoryPerCallMb.toFixed(3),
    ms(result.loopMs.p99),
    ms(result.setUpMs.p99),
  ];
  const line = cells.map((cell, index) => cell.padStart(COLUMNS[index]?.[1] ?? 8)).join('');
  const notes = [
    `${result.opened} open`,
    ...(result.rejected > 0 ? [`${result.rejected} refused in TwiML`] : []),
    ...(result.failed > 0 ? [`${result.failed} FAILED`] : []),
    ...(arrivals
      ? [
          `${arrivals.total} new calls, ${arrivals.failed} failed, set up in p50 ${ms(arrivals.p50)} p99 ${ms(arrivals.p99)} ms`,
        ]
      : []),
    `memory ${result.memoryGrowthMb < 0 ? '' : '+'}${result.memoryGrowthMb.toFixed(1)} MB in the last four fifths`,
    `generator ${(generator.cpu * 100).toFixed(0)} % of a core, ${ms(generator.latenessP99Ms)} ms late at p99`,
    ...(generator.limited ? ['THE GENERATOR WAS THE LIMIT: not valid'] : []),
  ];
  process.stdout.write(
    `  ${result.server.padEnd(14)}${line}\n  ${''.padEnd(14)}${notes.join('; ')}\n`,
  );
}

function ms(value: number): string {
  return value.toFixed(1);
}

function whole(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number`);
  return value;
}
