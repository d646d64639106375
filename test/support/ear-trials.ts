import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import type {
  FromEarBench,
  PhonesOutcome,
  Seen,
  ToEarBench,
  Trial,
} from '../../tools/bench/ear/plan.js';
import { SeededRandom } from '../../tools/carrier/random.js';

/** The compiled bench, which starts the compiled service and the phones, each a process of its own. */
const BENCH = new URL('../../dist/tools/bench/ear/main.js', import.meta.url);
/** A trial in which a phone, or the gateway, was later than this says nothing about what it heard. */
const LATE_MS = 60;
const GAP_MS = 120;
/** After it was given up an agent is silent for so long: a second, and its first frames are on their way. */
const SILENT_MS = 1_200;
/** Trials without an echo are made several in a call. */
const IN_A_CALL = 5;

/** What became of a trial; times count from the caller's first sound, infinite: never. */
export interface Tried {
  clearMs: number;
  givenUpMs: number;
  /** Pauses and times given up before that. */
  pausesBefore: number;
  givenUpBefore: number;
  /** Whether the agent was speaking when the caller began; it is silent for a while after it was given up. */
  isOver: boolean;
  minutes: number;
  /** Whether phones and gateway were in time. */
  isValid: boolean;
  seen: Seen;
}

interface Asked {
  cell: string;
  trial: Trial;
  /** The caller's first sound that counts. */
  fromMs: number;
}

/** Trials by the cells of a table, which are made in calls beside one another. */
export class EarTrials {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ear-'));
  private readonly asked: Asked[] = [];
  private readonly sounds = new Set<string>();
  private digits = '';
  private child: ChildProcess | null = null;

  /** What the agent says at a digit, which is returned. */
  speech(samples: Int16Array): string {
    const digit = '0123456789ABCD'.charAt(this.digits.length);
    if (digit === '') throw new Error('there are no more digits');
    this.digits += digit;
    writeFileSync(join(this.folder, `${digit}.ulaw`), encodeMulaw(samples));
    return digit;
  }

  /** Keeps a sound under its name, which is returned. */
  sound(name: string, samples: () => Int16Array): string {
    if (!this.sounds.has(name)) {
      const { buffer, byteOffset, byteLength } = samples();
      writeFileSync(
        join(this.folder, `${name}.s16`),
        new Uint8Array(buffer, byteOffset, byteLength),
      );
      this.sounds.add(name);
    }
    return name;
  }

  /** @param fromMs the caller's first sound that counts; without it the trial's end */
  add(cell: string, trial: Trial, fromMs = trial.ms): void {
    this.asked.push({ cell, trial, fromMs });
  }

  /** @param modelPercent of a core: the budget of the voice model */
  async start(modelPercent: number): Promise<void> {
    const child = fork(BENCH, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child = child;
    await this.ask({ kind: 'start', folder: this.folder, digits: this.digits, modelPercent });
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child) {
      child.disconnect();
      if (child.exitCode === null) await once(child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Makes all trials that were added since, so many calls at a time, and returns them by their cells. Those in which a process
   * was late are made again.
   * @param rounds at most, with the first
   */
  async run(
    atOnce: number,
    rounds: number,
  ): Promise<{ cells: Map<string, Tried[]>; outcomes: PhonesOutcome[] }> {
    const cells = new Map<string, Tried[]>();
    const outcomes: PhonesOutcome[] = [];
    let open = this.asked.splice(0);
    for (let round = 1; round <= rounds && open.length > 0; round += 1) {
      const { tried, outcome } = await this.runOnce(open, atOnce);
      outcomes.push(outcome);
      for (const [{ cell }, one] of tried) cells.set(cell, [...(cells.get(cell) ?? []), one]);
      open = tried.filter(([, { isValid }]) => !isValid).map(([asked]) => asked);
    }
    return { cells, outcomes };
  }

  private async runOnce(
    asked: readonly Asked[],
    atOnce: number,
  ): Promise<{ tried: Array<[Asked, Tried]>; outcome: PhonesOutcome }> {
    const shares = callsOf(asked);
    const calls = shares.map((share) => share.map(({ trial }) => trial));
    const told = await this.ask({ kind: 'run', calls, atOnce });
    if (told.kind !== 'seen') throw new Error('the bench did not run');
    const { outcome } = told;
    const tried = shares.flatMap((share, n) =>
      share.map((one, at): [Asked, Tried] => [one, triedOf(one, outcome.seen[n]![at]!)]),
    );
    return { tried, outcome };
  }

  private async ask(message: ToEarBench): Promise<FromEarBench> {
    const { child } = this;
    if (!child) throw new Error('the bench was not started');
    child.send(message);
    const [told] = (await once(child, 'message')) as [FromEarBench];
    if (told.kind === 'failed') throw new Error(told.message);
    return told;
  }
}

/** A phone has one echo, so its trial has a call of its own; others are made several in a call. */
function callsOf(asked: readonly Asked[]): Asked[][] {
  const random = new SeededRandom(9);
  const echoing = asked.filter(({ trial }) => trial.echo).map((one) => [one]);
  const others = random.shuffled(asked.filter(({ trial }) => !trial.echo));
  const shares: Asked[][] = [];
  for (let at = 0; at < others.length; at += IN_A_CALL)
    shares.push(others.slice(at, at + IN_A_CALL));
  return random.shuffled([...echoing, ...shares]);
}

function triedOf({ trial, fromMs }: Asked, seen: Seen): Tried {
  const after = (times: readonly number[]): number =>
    (times.find((at) => at > fromMs) ?? Infinity) - fromMs;
  const before = (times: readonly number[]): number => times.filter((at) => at <= fromMs).length;
  const givenUpMs = after(seen.givenUpMs);
  return {
    // Given up in a pause that had begun before, it is told no second time.
    clearMs: Math.min(after(seen.clearsMs), givenUpMs),
    givenUpMs,
    pausesBefore: before(seen.clearsMs),
    givenUpBefore: before(seen.givenUpMs),
    isOver: !seen.givenUpMs.some((at) => at <= fromMs && at > fromMs - SILENT_MS),
    minutes: trial.ms / 60_000,
    isValid: seen.lateMs <= LATE_MS && seen.longGaps.every(({ gapMs }) => gapMs <= GAP_MS),
    seen,
  };
}
