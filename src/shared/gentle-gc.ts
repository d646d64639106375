import { opendirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';

const TASKS = '/proc/self/task';
/**
 * The old generation may grow by so many percent before it is collected. V8 itself chooses about 10 while little is
 * allocated for long, which with 200 calls was a collection every five seconds. More than this, and a call's memory is seen to grow.
 */
const GROWING_PERCENT = 30;
/** Of a thread beside the event loop's 0: a fifteenth of its share of a core, where both want it. */
const NICE = 12;
/** What Node calls the threads, where it gives names, as newer ones than 20 do. */
const NAME = /^V8Worker/;
/** Node 20 starts V8's threads before all others, one for delayed tasks first: its `--v8-pool-size` is 4. */
const FIRST_THREADS = 5;

/**
 * Has V8 collect garbage seldom, and its helper threads give way to the event loop. They are four: on a core that is
 * mostly used, each had as much of it as the event loop while they marked, and calls stood still for a fifth of a second.
 *
 * To be called first of all, once. Threads have priorities of their own on Linux alone; elsewhere, and where the
 * system does not allow it, they keep theirs.
 */
export function collectGently(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
  if (process.platform !== 'linux') return;
  try {
    for (const thread of helperThreads()) setPriority(thread, NICE);
  } catch {
    // No /proc, or a sandbox: the service works all the same.
  }
}

function helperThreads(): number[] {
  const others = threads().filter((thread) => thread !== process.pid);
  const named = others.filter((thread) =>
    NAME.test(readFileSync(`${TASKS}/${thread}/comm`, 'utf8')),
  );
  return named.length > 0 ? named : others.slice(0, FIRST_THREADS);
}

/** In the order in which they were started. */
function threads(): number[] {
  // Unlike `readdirSync`, which sorts.
  const directory = opendirSync(TASKS);
  const ids: number[] = [];
  for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
    ids.push(Number(entry.name));
  }
  directory.closeSync();
  return ids;
}
