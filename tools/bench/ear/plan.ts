import type { CallTarget } from '../media/open-call.js';

/** How the phone's loudspeaker comes back in its microphone. */
export interface Echo {
  /** How much weaker. */
  db: number;
  /** How much later: at most a second. */
  delayMs: number;
  path: EchoPath;
}

/** As it is, from a room, or from a loudspeaker that clips. */
export type EchoPath = 'plain' | 'room' | 'clipped';

/** A sound of the folder, and when it begins; times count from the beginning of the trial. */
export interface Said {
  sound: string;
  fromMs: number;
}

/** One question to the gateway: does the agent stop, or not? Times are whole frames of 20 ms. */
export interface Trial {
  /** The digit at which the agent says one of its speeches. */
  speech: string;
  agentFromMs: number;
  /** Whether the agent begins its speech again, a second after it was interrupted. */
  again?: boolean;
  ms: number;
  echo?: Echo | undefined;
  caller?: readonly Said[];
  /** Goes round and round, from the beginning. */
  background?: string;
}

/** For the process of the phones; it travels over IPC. */
export interface PhonesPlan {
  target: CallTarget;
  /** Holds the sounds as `NAME.s16`: samples of 16 bits at 8 kHz, at their levels. */
  folder: string;
  /** A call for each, which makes its trials one after another. */
  calls: ReadonlyArray<readonly Trial[]>;
  /** So many calls at a time. The first of them begin at the same moment. */
  atOnce: number;
}

/**
 * What a phone saw of a trial. Times are positions in what the caller said, which stay right where a process
 * is late.
 */
export interface Seen {
  /** The carrier was told to drop what the agent had said. */
  clearsMs: number[];
  /** The agent was told that it is interrupted. */
  givenUpMs: number[];
  /** How much of the agent was heard. */
  heardMs: number;
  /** How much later than due the phone spoke, at most: by the clock. */
  lateMs: number;
  /** Times of more than 30 ms between two frames of the agent's before the first clear, by the clock, and where. */
  longGaps: Array<{ atMs: number; gapMs: number }>;
}

export type FromPhones =
  { kind: 'ready' } | { kind: 'done'; seen: Seen[][]; gapP99Ms: number; lateP99Ms: number };

/** What a round showed. */
export interface PhonesOutcome {
  /** In the order of the calls and trials. */
  seen: Seen[][];
  /** Between frames of agents who spoke on, and how late the phones' frames were sent. */
  gapP99Ms: number;
  lateP99Ms: number;
  /** Of the gateway's event loop. */
  loopLateP99Ms: number;
  loopLateMaxMs: number;
  /** Of the gateway's own metrics: windows that the voice model heard, and how often it had no time. */
  windows: number;
  refused: number;
}

/** For the bench, by whoever started it; one after another. */
export type ToEarBench =
  | { kind: 'start'; folder: string; digits: string; modelPercent: number }
  | { kind: 'run'; calls: PhonesPlan['calls']; atOnce: number };

export type FromEarBench =
  | { kind: 'started' }
  | { kind: 'seen'; outcome: PhonesOutcome }
  | { kind: 'failed'; message: string };
