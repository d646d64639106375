import { freemem, totalmem } from 'node:os';
import { memoryUsage } from 'node:process';
import { getHeapStatistics } from 'node:v8';
import { down, up, warn, type Check } from '../check.js';

const MIB = 1024 * 1024;
const WARN_SHARE = 0.8;
const DOWN_SHARE = 0.95;
/** The free share of the machine's memory. With less, the machine pages out or kills processes, whatever took the rest. */
const FREE_MIN_SHARE = 0.05;

/** Is there memory left, in the heap and on the machine? */
export const memory: Check = {
  name: 'memory',
  title: 'Memory',
  group: 'Media streams',
  look() {
    const { rss, heapUsed } = memoryUsage();
    const heapLimit = getHeapStatistics().heap_size_limit;
    const limit = memoryLimit();
    // Memory that is available at once; on Linux this includes what caches would give back.
    const free = freemem();
    const share = Math.max(rss / limit, heapUsed / heapLimit);
    const mib = (bytes: number): number => Math.round(bytes / MIB);
    const detail = {
      rss_mib: mib(rss),
      limit_mib: mib(limit),
      heap_mib: mib(heapUsed),
      heap_limit_mib: mib(heapLimit),
      machine_free_mib: mib(free),
    };
    const seen = `The process has ${mib(rss)} of ${mib(limit)} MiB, its heap ${mib(heapUsed)} of ${mib(heapLimit)} MiB; the machine has ${mib(free)} MiB left.`;
    if (share < WARN_SHARE && free < totalmem() * FREE_MIN_SHARE) {
      return warn(
        seen,
        'Find out what else takes the memory of this machine, and move it away: what is paged out is late, and every call is in this process.',
        detail,
      );
    }
    if (share < WARN_SHARE) return up(seen, detail);
    const fix =
      'Give the container or machine more memory, raise NODE_OPTIONS=--max-old-space-size, or lower MAX_CONCURRENT_CALLS; a process out of memory drops every call.';
    return (share < DOWN_SHARE ? warn : down)(seen, fix, detail);
  },
};

/** The container's limit if there is one, or else the machine's memory. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return constrained > 0 && constrained < total ? constrained : total;
}
