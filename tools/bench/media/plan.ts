import type { HistogramJson } from './histogram.js';

/** What the generator must know of a Patchbay to be believed by it. */
export interface PatchbayAccount {
  origin: string;
  accountSid: string;
  authToken: string;
  /** Claimed by a workflow with the agent `echo`. */
  number: string;
}

/** What one generator is told to do; travels over IPC. */
export interface GeneratorPlan {
  port: number;
  /** Null: a plain server that takes streams at `/`. */
  patchbay: PatchbayAccount | null;
  /** Open all the time. */
  calls: number;
  /** Opened so fast at the beginning. */
  callsPerSecond: number;
  /** How long frames are measured once all calls are open. */
  seconds: number;
  /** After that: new calls a second, so long, while the others go on. */
  arrivals: { perSecond: number; seconds: number } | null;
}

/** Frames of the standing calls in one span of time. */
export interface SpanFigures {
  framesSent: number;
  /** Of those, the ones that came back, if late. */
  framesBack: number;
  /** Came back within the span, whenever sent. */
  framesThrough: number;
  /** Came back not in the order they were sent. */
  disordered: number;
  /** Between two frames that came back, by call. */
  gap: HistogramJson;
  /** From sending a frame to having it back. */
  roundTrip: HistogramJson;
  /** By how much frames were sent later than they were due. */
  lateness: HistogramJson;
  /** Of one core, used by the generator. */
  generatorCpu: number;
}

/** How calls were opened. */
export interface OpeningFigures {
  opened: number;
  /** Told in TwiML that there is no room. */
  rejected: number;
  failed: number;
  /** The answer webhook alone. */
  answer: HistogramJson;
  /** The upgrade alone. */
  upgrade: HistogramJson;
  /** From the first webhook, or the upgrade, to the first frame back, without the wait for that frame. */
  setUp: HistogramJson;
  /** From sending the first frame to having it back. */
  firstAudio: HistogramJson;
}

export interface Figures {
  steady: SpanFigures;
  opening: OpeningFigures;
  /** Streams that the server closed or broke. */
  dropped: number;
  arrivals: { standing: SpanFigures; opening: OpeningFigures } | null;
}

export type SpanName = 'steady' | 'arrivals';

export type FromGenerator =
  | { kind: 'ready' }
  /** Spans in which the server is watched. */
  | { kind: 'span'; span: SpanName; edge: 'begin' | 'end' }
  | { kind: 'done'; figures: Figures };

export type ToProbe = 'begin' | 'end';

/** By how much the server's event loop was late, in milliseconds. */
export interface FromProbe {
  p50: number;
  p99: number;
  max: number;
}
