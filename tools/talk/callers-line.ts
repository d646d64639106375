import type { HeardSpan } from '../carrier/media/stream-recording.js';

/** What a caller hears on one stream of the call. */
export interface Hearing {
  /** When it began, in milliseconds of the process's monotonic clock. */
  readonly beganAt: number;
  readonly heardSpans: readonly HeardSpan[];
  /** μ-law from the beginning to the last sound, with silence where nothing was heard. */
  timeline(): Buffer;
}

/** The caller's end of a call. */
export interface CallersLine {
  /** Aborts when the call is over. */
  readonly over: AbortSignal;
  readonly ended: Promise<unknown>;
  /** Resolves when audio flows. */
  readonly answered: Promise<unknown>;
  /** Of each stream, oldest first. */
  readonly hearings: readonly Hearing[];
  sendDigits(key: string): void;
  hangUp(): void;
}

/** A call that was begun, and its id in the gateway's API. */
export interface BegunCall {
  line: CallersLine;
  /** Null: the gateway does not know it yet. */
  readonly runId: () => Promise<number | null>;
}

/** A gateway with the simulated carrier, whose workflows can be called. */
export interface CalledGateway {
  /** @throws UsageError for what has to be put right before there can be a call */
  start(): Promise<void>;
  /** Anything but a success is thrown, as `ApiError`. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
  call(workflowId: number): Promise<BegunCall>;
  stop(): Promise<void>;
}
