import type { RemoteSpan, TracedCall } from './trace-ids.js';

/** One part of a call's life, told when it is over. */
export interface CallSpan {
  call: TracedCall;
  name: 'call' | 'place' | 'answer' | 'status-callback' | 'dial' | 'hang-up' | 'stream' | 'agent';
  /** Milliseconds since 1970. */
  startedAt: number;
  /** The same; absent: now. */
  endedAt?: number;
  /** Who asked whom; absent: neither, it happened here. */
  kind?: 'server' | 'client';
  /** Fixed words, counts and our own ids. Never numbers of phones, tokens, digits or audio. Null: not known. */
  attributes?: Readonly<Record<string, string | number | boolean | null>>;
  /** Why it failed, in a fixed word; absent: it did not. */
  failure?: string | null;
  /** Names it within its call, so that others may lie within it. */
  key?: string;
  /** The `key` of the span it is part of; absent: the call itself. */
  within?: string;
  /** The span of somebody else's that asked for it: it is told in their trace, with a link to the call's. */
  askedBy?: RemoteSpan;
}

/**
 * Tells somebody outside what became of a call, part by part. All parts of one
 * call share a trace, also across restarts. Called a few times in a call, never
 * per frame; never throws and never waits. The default is to tell nobody.
 */
export abstract class Tracer {
  /** Takes note of a call, so that its log lines bear its trace. May be repeated. */
  abstract begin(call: TracedCall): void;

  /** Tells of one part that is over. */
  abstract record(span: CallSpan): void;

  /** Sends what is not sent yet; a collector that is away is given up after some seconds. */
  abstract close(): Promise<void>;
}

/** Nobody wants to know. */
export class NoTracer extends Tracer {
  begin(): void {}

  record(): void {}

  async close(): Promise<void> {}
}

/** Since 1970, for a moment of the monotonic clock (`performance.now()`). */
export function timeOf(monotonic: number): number {
  return Date.now() - (performance.now() - monotonic);
}
