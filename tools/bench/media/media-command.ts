import { parseArgs } from 'node:util';
import { pinToCores } from '../pin.js';
import { benchMedia, isBad, type Load, type MediaResult } from './bench-media.js';
import { printHead, printResult, printTargets, type Pair } from './print-media.js';
import { hasOpenAiAgents, patchbay, SERVERS } from './servers.js';
import { whole } from './whole.js';
import { WORKING_HELP, workingCommand } from './working/working-command.js';

export const MEDIA_HELP = `  media         frames of calls, both ways, beside three baselines
    --calls N     calls at a time (200)
    --seconds N   how long they are measured (15)
    --shards N    processes that generate (1)
    --rounds N    all of it again, and targets by the median (1)
    --only A,B    of bare, patchbay, nest, openai-agents
    --capacity    instead: 500 calls, bare and patchbay
    --setup       instead: new calls for 10 s while the others go on, half inbound and half placed, beside a bare
                  server that begins them too
    --arrivals N  how many new ones a second (100)
    --overload    instead: twice as many calls as patchbay may take
    --pin         the server alone on one core, the generators on the others (Linux)
${WORKING_HELP}`;

/** In order: the server that the others are compared with comes first. */
const NAMES = ['bare', 'patchbay', 'nest', 'openai-agents'] as const;
type Name = (typeof NAMES)[number];

const NO_LIMIT = 100_000;
const CAPACITY_CALLS = 500;
const ARRIVE_SECONDS = 10;
const INSTALL = 'npm ci --prefix tools/bench/media/openai-agents';

interface Part {
  name: string;
  server: Name | 'bare-calls';
  load: Load;
  maxCalls: number;
}

/** Returns what it measured and printed. A run that is not valid, or that lost a frame, fails the program. */
export async function mediaCommand(args: string[]): Promise<MediaResult[]> {
  if (args.includes('--working')) return workingCommand(args);
  const values = optionsOf(args);
  if (values.pin) pinToCores();
  const all = partsOf(values);
  const parts = all.filter(({ server }) => server !== 'openai-agents' || hasOpenAiAgents());
  const pairs: Pair[] = [];
  printHead('echo of 20 ms frames');
  for (let round = 0; round < whole(values.rounds, 'rounds'); round += 1) {
    let bare: MediaResult | null = null;
    for (const part of parts) {
      const result = await runPart(part);
      if (part.server === 'bare' || part.server === 'bare-calls') bare = result;
      // It is compared with the bare loop under the same load, measured just before.
      pairs.push({ result, bare: bare?.calls === result.calls ? bare : null });
      printResult(pairs.at(-1) as Pair);
    }
  }
  if (parts.length < all.length) {
    process.stdout.write(`  openai-agents is not installed: ${INSTALL}\n`);
  }
  for (const { name, server, load } of parts.filter((part) => part.server === 'patchbay')) {
    printTargets(
      `${name}, ${load.calls} calls`,
      pairs.filter(({ result }) => result.server === server && result.calls === load.calls),
    );
  }
  if (pairs.some(({ result }) => isBad(result))) process.exitCode = 1;
  return pairs.map(({ result }) => result);
}

async function runPart({ name, server, load, maxCalls }: Part): Promise<MediaResult> {
  const underTest = await (server === 'patchbay' ? patchbay(maxCalls) : SERVERS[server]());
  try {
    return await benchMedia(name, server, underTest, load);
  } finally {
    await underTest.stop();
  }
}

function optionsOf(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '15' },
      shards: { type: 'string', default: '1' },
      only: { type: 'string' },
      capacity: { type: 'boolean', default: false },
      setup: { type: 'boolean', default: false },
      arrivals: { type: 'string', default: '100' },
      overload: { type: 'boolean', default: false },
      pin: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '1' },
    },
  });
  return values;
}

function partsOf(values: ReturnType<typeof optionsOf>): Part[] {
  const load: Load = {
    calls: whole(values.calls, 'calls'),
    seconds: whole(values.seconds, 'seconds'),
    shards: whole(values.shards, 'shards'),
    callsPerSecond: 50,
    arrivals: null,
  };
  const { capacity, setup, overload } = values;
  const arrivals = { perSecond: whole(values.arrivals, 'arrivals'), seconds: ARRIVE_SECONDS };
  // The carrier that its calls are dialled at is in the generator.
  if (setup && load.shards > 1) throw new Error('--setup goes with one shard');
  const part = (server: Part['server'], changes: Partial<Part> = {}): Part => ({
    name: server,
    server,
    load,
    maxCalls: NO_LIMIT,
    ...changes,
  });
  const special = [
    ...(capacity
      ? (['bare', 'patchbay'] as const).map((server) =>
          part(server, { load: { ...load, calls: CAPACITY_CALLS } }),
        )
      : []),
    ...(setup
      ? (['bare-calls', 'patchbay'] as const).map((server) =>
          part(server, { load: { ...load, arrivals } }),
        )
      : []),
    ...(overload
      ? [
          part('patchbay', {
            name: 'overload',
            load: { ...load, calls: 2 * load.calls },
            maxCalls: load.calls,
          }),
        ]
      : []),
  ];
  if (special.length > 0) return special;
  const only = values.only?.split(',') ?? NAMES;
  const unknown = only.find((name) => !NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--only knows ${NAMES.join(', ')}, not ${unknown}`);
  return NAMES.filter((name) => only.includes(name)).map((name) => part(name));
}
