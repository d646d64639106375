import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

export const PROFILE_HELP = `  profile FILE  where the time went, by function, of what Node's --cpu-prof wrote (see BENCH_SERVER_FLAGS)
    --last N      only the last N seconds: a start takes most of a short profile
`;

const ROWS = 40;
/** What V8 calls time in which nothing was to be done. */
const IDLE = new Set(['(idle)', '(root)']);

interface CpuProfile {
  nodes: Array<{
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
  }>;
  samples: number[];
  timeDeltas: number[];
}

export interface FunctionShare {
  name: string;
  /** Of the time that was not idle. */
  share: number;
}

/** The functions by their own time in the last seconds, without what they call; the most expensive first. */
export function sharesOf(
  { nodes, samples, timeDeltas }: CpuProfile,
  lastSeconds = Number.POSITIVE_INFINITY,
): FunctionShare[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  let left = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  samples.forEach((id, index) => {
    left -= timeDeltas[index] ?? 0;
    if (left > lastSeconds * 1e6) return;
    const name = names.get(id) ?? '(unknown)';
    if (IDLE.has(name)) return;
    // A sample stands for the time until the next one.
    const time = timeDeltas[index + 1] ?? 0;
    busy += time;
    times.set(name, (times.get(name) ?? 0) + time);
  });
  return [...times]
    .map(([name, time]) => ({ name, share: time / busy }))
    .toSorted((one, other) => other.share - one.share);
}

/** Prints the most expensive functions of a profile. */
export function printProfile(path: string, lastSeconds?: number): void {
  const shares = sharesOf(JSON.parse(readFileSync(path, 'utf8')) as CpuProfile, lastSeconds);
  for (const { name, share } of shares.slice(0, ROWS)) {
    process.stdout.write(`  ${(share * 100).toFixed(1).padStart(5)} %  ${name}\n`);
  }
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']) {
  const name = functionName === '' ? 'anonymous' : functionName;
  return url === '' ? name : `${name} (${basename(url)}:${lineNumber + 1})`;
}
