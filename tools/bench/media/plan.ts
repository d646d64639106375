/** What one generator is told to do; travels over IPC. */
export interface GeneratorPlan {
  port: number;
  /** Of the Patchbay under test; null: a plain server that takes streams at `/`. */
  patchbay: { origin: string; accountSid: string; authToken: string; number: string } | null;
  /** Kept open all the time. */
  calls: number;
  /** Opened so fast at the beginning. */
  callsPerSecond: number;
  /** How long frames are measured once all calls are open. */
  seconds: number;
  /** New calls a second while the others go on; each lasts a second. */
  arrivals: number;
}

export interface Figures {
  framesSent: number;
  framesBack: number;
  /** Between two frames that came back, by call. */
  gap: unknown;
  /** From sending a frame to having it back. */
  roundTrip: unknown;
  /** From the first webhook, or the upgrade, to the first frame back. */
  setUp: unknown;
  /** By how much frames were sent later than they were due. */
  lateness: unknown;
  opened: number;
  /** Told in TwiML that there is no room. */
  rejected: number;
  failed: number;
  arrivals: number;
  arrivalsFailed: number;
  arrivalSetUp: unknown;
  /** Of one core, while measuring. */
  generatorCpu: number;
}

export type FromGenerator =
  | { kind: 'ready' }
  | { kind: 'measuring' }
  | { kind: 'measured' }
  | { kind: 'done'; figures: Figures };
