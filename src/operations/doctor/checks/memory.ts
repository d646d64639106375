import { totalmem } from 'node:os';
import { memoryUsage } from 'node:process';
import { getHeapStatistics } from 'node:v8';
import { down, up, warn, type Check } from '../check.js';

const MIB = 1024 * 1024;
const WARN_SHARE = 0.8;
const DOWN_SHARE = 0.95;

/** Is there memory left, in the heap and on the machine? */
export const memory: Check = {
  name: 'memory',
  title: 'There is memory left',
  group: 'WebSocket connection dropping',
  look() {
    const { rss, heapUsed } = memoryUsage();
    const heapLimit = getHeapStatistics().heap_size_limit;
    const limit = memoryLimit();
    const share = Math.max(rss / limit, heapUsed / heapLimit);
    const mib = (bytes: number): number => Math.round(bytes / MIB);
    const detail = {
      rss_mib: mib(rss),
      limit_mib: mib(limit),
      heap_mib: mib(heapUsed),
      heap_limit_mib: mib(heapLimit),
    };
    const seen = `The process has ${mib(rss)} of ${mib(limit)} MiB, its heap ${mib(heapUsed)} of ${mib(heapLimit)} MiB.`;
    if (share < WARN_SHARE) return up(seen, detail);
    const fix =
      'Give the container or machine more memory, raise NODE_OPTIONS=--max-old-space-size, or lower MAX_CONCURRENT_CALLS; a process out of memory drops every call.';
    return (share < DOWN_SHARE ? warn : down)(seen, fix, detail);
  },
};

/** The container's limit where there is one, else the machine's memory. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return constrained > 0 && constrained < total ? constrained : total;
}
