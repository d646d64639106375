import { residentBytes } from './proc.js';

const LOOKS_PER_SECOND = 2;
const PARTS = 5;
const MIB = 2 ** 20;

/** Reads the memory of a process twice a second, because one reading only shows the state of its garbage collector. */
export class MemoryWatch {
  private readonly looks: number[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(pid: number) {
    const look = (): number => this.looks.push(residentBytes(pid));
    this.timer = setInterval(look, 1_000 / LOOKS_PER_SECOND).unref();
  }

  /** The mean in each fifth of the time, MiB. */
  end(): number[] {
    clearInterval(this.timer);
    return Array.from({ length: PARTS }, (_, part) => {
      const looks = this.looks.slice(
        Math.floor((part * this.looks.length) / PARTS),
        Math.floor(((part + 1) * this.looks.length) / PARTS),
      );
      return looks.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, looks.length) / MIB;
    });
  }
}
