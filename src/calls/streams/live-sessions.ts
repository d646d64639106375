/** How a stream is doing. */
export interface LiveQuality {
  /** Of 20 ms each, from the caller and to him. */
  framesIn: number;
  framesOut: number;
  /** Missing from the caller's audio, in milliseconds of silence put in for it. */
  filledMs: number;
  /** Came twice, or too late to be heard. */
  framesLate: number;
  jitterMs: number;
  /** The longest pause between two frames within the last few seconds; null: it has just begun. */
  recentPauseMs: number | null;
  /** From the stream's beginning to the agent's first sound; null: it has said nothing. */
  firstAudioMs: number | null;
}

/** A media stream that carries a call's audio at this moment, in this process. */
export interface LiveSession {
  readonly runId: number;
  readonly streamId: string;
  /** When the carrier last sent audio, in milliseconds of the process's monotonic clock. */
  readonly lastAudioAt: number;
  /** Of this moment. */
  readonly quality: LiveQuality;
  /** Audio of the agent's that waits here to be sent, in milliseconds. */
  readonly waitingMs: number;
  /** Closes the socket; the session ends once, whatever ends it first. */
  end(reason: SessionEnd): void;
}

/**
 * Why a session ended.
 * - `stop`: the carrier said so
 * - `lost`: the socket closed or fell silent
 * - `going-away`: this process is stopping; the carrier should ask again
 * - `taken-over`: a newer stream of the same call
 * - `agent-ended`, `agent-failed`: the agent hung up, or broke
 * - `protocol`: the peer does not speak the carrier's protocol
 * - `call-ended`: the ledger says that the call is over
 */
export const SESSION_ENDS = [
  'stop',
  'lost',
  'going-away',
  'taken-over',
  'agent-ended',
  'agent-failed',
  'protocol',
  'call-ended',
] as const;
export type SessionEnd = (typeof SESSION_ENDS)[number];

/** The live streams of this process, at most one for a run. */
export class LiveSessions {
  private readonly byRun = new Map<number, LiveSession>();

  get size(): number {
    return this.byRun.size;
  }

  find(runId: number): LiveSession | null {
    return this.byRun.get(runId) ?? null;
  }

  add(session: LiveSession): void {
    this.byRun.set(session.runId, session);
  }

  /** Only the session itself makes room: a newer one of the same run stays. */
  remove(session: LiveSession): void {
    if (this.byRun.get(session.runId) === session) this.byRun.delete(session.runId);
  }

  all(): LiveSession[] {
    return [...this.byRun.values()];
  }
}
