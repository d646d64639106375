import type { HistogramJson } from './histogram.js';
import type { Pace } from './working/talker.js';

/** What the generator must know about a Patchbay so that its requests are accepted. */
export interface PatchbayAccount {
  origin: string;
  accountSid: string;
  authToken: string;
  /** A number that is claimed by a workflow with the agent `echo`. */
  number: string;
}

/** What is needed to have calls placed: the service's key, and where it finds its carrier. */
export interface Dials {
  apiKey: string;
  /** A port of the generator's, which the service was started with. */
  carrierPort: number;
}

/** The instructions for one generator; they travel over IPC. */
export interface GeneratorPlan {
  port: number;
  /** Further instances on the store: the requests about a call go to each in turn. */
  otherPorts?: readonly number[];
  /** Null: a plain server that accepts streams at `/`. */
  patchbay: PatchbayAccount | null;
  /** Calls that are open all the time. */
  calls: number;
  /** How many of them are opened a second at the beginning. */
  callsPerSecond: number;
  /** How long frames are measured after all calls are open. */
  seconds: number;
  /** After that: how many new calls are opened a second, and for how long, while the others continue. */
  arrivals: { perSecond: number; seconds: number } | null;
  /** Half of the new calls are placed by the service; absent: all are inbound. */
  dials?: Dials;
  /** Calls whose agent talks by itself; absent: those of an echo. */
  working?: WorkingPlan;
}

/** What the server under test does, so far as the generator must know. */
export interface WorkingPlan {
  pace: Pace;
  bargeIn: boolean;
}

/** The frames of the standing calls in one span of time. */
export interface SpanFigures {
  framesSent: number;
  /** Those of them that came back, late or not. */
  framesBack: number;
  /** Of an echo the frames that came back within the span, of a working call those that were sent in it. */
  framesThrough: number;
  /** Frames that came back in another order than they were sent. */
  disordered: number;
  /** How often the caller of a working call began to interrupt, and the server took audio back. */
  interruptions: number;
  clears: number;
  /** The time between two frames that came back, within a call. */
  gap: HistogramJson;
  /** The time from sending a frame until it is back. */
  roundTrip: HistogramJson;
  /** How much later than due the frames were sent. */
  lateness: HistogramJson;
  /** Share of one core that the generator used. */
  generatorCpu: number;
}

/** How calls were opened. */
export interface OpeningFigures {
  opened: number;
  /** Calls that were refused in TwiML because there was no room. */
  rejected: number;
  failed: number;
  /** The time of the answer webhook alone. */
  answer: HistogramJson;
  /** The time of the upgrade alone. */
  upgrade: HistogramJson;
  /** The time from the first webhook, or the upgrade, to the first frame back, without the wait for that frame. */
  setUp: HistogramJson;
  /** The time from sending the first frame until it is back. */
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
  /** The spans in which the server is watched. */
  | { kind: 'span'; span: SpanName; edge: 'begin' | 'end' }
  | { kind: 'done'; figures: Figures };

export type ToProbe = 'begin' | 'end';

/** How late the server's event loop was, in milliseconds. */
export interface FromProbe {
  p50: number;
  p99: number;
  max: number;
}
