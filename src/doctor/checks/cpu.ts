import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { down, up, warn, type Check } from '../check.js';

const SAMPLE_MS = 250;
const WARN_SHARE = 0.8;
const DOWN_SHARE = 0.97;
/** The number of waiting processes for each core. */
const WARN_LOAD = 1.5;

/** Is the core that carries all calls busy, or the whole machine? */
export const cpu: Check = {
  name: 'cpu',
  title: 'CPU',
  group: 'Media streams',
  async look({ signal }) {
    const before = process.cpuUsage();
    const began = performance.now();
    await sleep(SAMPLE_MS, undefined, { signal });
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / 1000 / (performance.now() - began);
    const cores = availableParallelism();
    const load = (loadavg()[0] ?? 0) / cores;
    const percent = Math.round(share * 100);
    const detail = { process_percent: percent, load_per_core: Number(load.toFixed(2)), cores };
    const seen = `The process takes ${percent} % of a core; the machine's load is ${load.toFixed(2)} for each of ${cores} cores.`;
    if (share < WARN_SHARE && load < WARN_LOAD) return up(seen, detail);
    const fix =
      'Audio is late when the CPU is busy: move other work off this machine, give it more cores, or lower MAX_CONCURRENT_CALLS.';
    return (share < DOWN_SHARE ? warn : down)(seen, fix, detail);
  },
};
