import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** The name that the probe gives to helper threads of a server; at most 15 bytes (proc(5), `comm`). */
export const HELPER_THREAD = 'bench-helper';

/** CPU time that a process has used so far, in seconds (Linux: proc(5), `stat`). */
export function cpuSeconds(pid: number): number {
  return secondsIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** What of it its helper threads have used. A thread that has ended does not count. */
export function helperSeconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))
    .filter((stat) => stat.includes(`(${HELPER_THREAD})`))
    .reduce((sum, stat) => sum + secondsIn(stat), 0);
}

function secondsIn(stat: string): number {
  // The fields follow the name in parentheses, which may contain anything.
  const fields = stat.split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Memory that a process holds, in bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

/** The time that all processors together have used so far, in seconds (proc(5), `/proc/stat`). */
export interface MachineTime {
  busy: number;
  /** Time that the host took for other machines. */
  stolen: number;
}

export function machineTime(): MachineTime {
  const [total = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = total
    .split(/ +/)
    .slice(1)
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  return { busy: user + nice + system + irq + softirq, stolen };
}
