import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { pinToCores } from '../../pin.js';
import { benchMedia, isBad, type Load } from '../bench-media.js';
import { printHead, printResult } from '../print-media.js';
import { PRESENT_SERVICE, workingBare } from '../servers.js';
import { whole } from '../whole.js';
import {
  printComparison,
  printRecordings,
  printWorkingTargets,
  type Round,
  type WorkingResult,
} from './print-working.js';
import { AGENTS_PACE, BARE_PACE } from './talker.js';
import { WORKS, workingService, type WorkingServer, type WorkName } from './working-services.js';

export const WORKING_HELP = `    --working     instead: calls of an agent that talks and listens in turns, beside the bare loop
      --only A,B    of ${Object.keys(WORKS).join(', ')}
      --calls N     calls at a time (100; 250 with --capacity)
      --capacity    all on, and the bare loop
      --against DIR a built tree beside this one, in alternating order: eight rounds, or as many as an
                    hour allows, but three at least
      --seconds N, --rounds N, --shards N, --pin: as above
`;

const CALLS = '100';
const CAPACITY_CALLS = '250';
const ROUNDS_AGAINST = 8;
const ROUNDS_MIN = 3;
const HOUR_MS = 3_600_000;

interface Contestant {
  name: string;
  work: WorkName | 'bare';
  start: () => Promise<WorkingServer>;
}

/** Returns what it measured and printed. A run that is not valid, or that lost a frame, fails the program. */
export async function workingCommand(args: string[]): Promise<WorkingResult[]> {
  const values = optionsOf(args);
  if (values.pin) pinToCores();
  const works = worksOf(values.only, values.capacity);
  const old = values.against === undefined ? null : programOf(values.against);
  const most =
    values.rounds === undefined ? (old ? ROUNDS_AGAINST : 1) : whole(values.rounds, 'rounds');
  const load: Load = {
    calls: whole(values.calls ?? (values.capacity ? CAPACITY_CALLS : CALLS), 'calls'),
    seconds: whole(values.seconds, 'seconds'),
    shards: whole(values.shards, 'shards'),
    callsPerSecond: 50,
    arrivals: null,
  };
  printHead('an agent that talks and listens in turns; CPU per frame heard, with what is said');
  const rounds: Round[] = [];
  const until = performance.now() + HOUR_MS;
  while (rounds.length < most) {
    if (old && rounds.length >= ROUNDS_MIN && performance.now() > until) break;
    rounds.push(await runRound(contestantsOf(works, old, rounds.length), load));
  }
  printWorkingTargets(rounds, load.calls);
  if (old) printComparison(rounds, works);
  const all = rounds.flatMap((round) => [...round.values()]);
  if (all.some((result) => isBad(result) || isIncomplete(result))) process.exitCode = 1;
  return all;
}

function isIncomplete({ recordings }: WorkingResult): boolean {
  return recordings !== null && Math.min(recordings.whole, recordings.inTime) < recordings.looked;
}

async function runRound(contestants: readonly Contestant[], load: Load): Promise<Round> {
  const round: Round = new Map();
  for (const { name, work, start } of contestants) {
    const server = await start();
    const working =
      work === 'bare'
        ? { pace: BARE_PACE, bargeIn: false }
        : { pace: AGENTS_PACE, bargeIn: WORKS[work].bargeIn };
    try {
      const measured = await benchMedia(name, work, server, { ...load, working });
      const recordings = (await server.recordings?.()) ?? null;
      round.set(name, { ...measured, recordings });
      printResult({ result: measured, bare: round.get('bare') ?? null });
      if (recordings) printRecordings(recordings);
    } finally {
      await server.stop();
    }
  }
  return round;
}

/** The bare loop, then each work: of this tree, and of the old one before it or after it in turn. */
function contestantsOf(works: readonly WorkName[], old: URL | null, round: number): Contestant[] {
  const of = (work: WorkName, program: URL, name: string): Contestant => ({
    name,
    work,
    start: () => workingService(WORKS[work], program),
  });
  const pairs = works.map((work) => {
    const pair = [of(work, PRESENT_SERVICE, work)];
    if (old) pair.push(of(work, old, `old ${work}`));
    return round % 2 === 0 ? pair : pair.reverse();
  });
  const bare = async (): Promise<WorkingServer> => ({ ...(await workingBare()), recordings: null });
  return [{ name: 'bare', work: 'bare', start: bare }, ...pairs.flat()];
}

function programOf(directory: string): URL {
  const program = resolve(join(directory, 'dist', 'src', 'main.js'));
  if (!existsSync(program)) throw new Error(`--against names a built tree: ${program} is missing`);
  return pathToFileURL(program);
}

function worksOf(only: string | undefined, capacity: boolean): WorkName[] {
  const names = Object.keys(WORKS) as WorkName[];
  if (only === undefined) return capacity ? ['all'] : names;
  const wanted = only.split(',');
  const unknown = wanted.find((name) => !(name in WORKS));
  if (unknown !== undefined) throw new Error(`--only knows ${names.join(', ')}, not ${unknown}`);
  return names.filter((name) => wanted.includes(name));
}

function optionsOf(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      working: { type: 'boolean' },
      calls: { type: 'string' },
      seconds: { type: 'string', default: '15' },
      shards: { type: 'string', default: '1' },
      only: { type: 'string' },
      capacity: { type: 'boolean', default: false },
      against: { type: 'string' },
      pin: { type: 'boolean', default: false },
      rounds: { type: 'string' },
    },
  });
  return values;
}
