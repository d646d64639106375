import type { RemoteSpan, TracedCall } from './trace-ids.js';

/** One part of a call's life, reported when it is over. */
export interface CallSpan {
  call: TracedCall;
  name: 'call' | 'place' | 'answer' | 'status-callback' | 'dial' | 'hang-up' | 'stream' | 'agent';
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Milliseconds since 1970; absent: now. */
  endedAt?: number;
  /**
   * Whether we served a request or sent one; absent: neither, the part happened
   * inside this process.
   */
  kind?: 'server' | 'client';
  /**
   * Fixed words, counts and our own ids. Never phone numbers, tokens, digits or
   * audio. Null: not known.
   */
  attributes?: Readonly<Record<string, string | number | boolean | null>>;
  /** Why the part failed, in a fixed word; absent: it did not fail. */
  failure?: string | null;
  /** The name of the span within its call, so that other spans can refer to it as their parent. */
  key?: string;
  /** The `key` of the span that contains this one; absent: the call itself. */
  within?: string;
  /**
   * The span of another system that requested this one: this span is then reported
   * in that trace, with a link to the call's.
   */
  askedBy?: RemoteSpan;
}

/**
 * Reports the course of a call to an outside system, part by part. All parts of
 * one call share a trace, also across restarts. Called a few times per call,
 * never per frame; never throws and never waits. The default reports nothing.
 */
export abstract class Tracer {
  /** Remembers a call, so that its log lines carry its trace. May be repeated. */
  abstract begin(call: TracedCall): void;

  /** Reports one part that is over. */
  abstract record(span: CallSpan): void;

  /** Sends what is not yet sent; gives up after a few seconds when the collector is unreachable. */
  abstract close(): Promise<void>;
}

/** The tracer that reports nothing. */
export class NoTracer extends Tracer {
  begin(): void {}

  record(): void {}

  async close(): Promise<void> {}
}

/** Converts a time of the monotonic clock (`performance.now()`) to milliseconds since 1970. */
export function timeOf(monotonic: number): number {
  return Date.now() - (performance.now() - monotonic);
}
