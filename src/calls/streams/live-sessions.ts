/** The quality of a stream. */
export interface LiveQuality {
  /** Frames of 20 ms each, from the caller and to the caller. */
  framesIn: number;
  framesOut: number;
  /** Milliseconds of silence inserted for missing audio of the caller. */
  filledMs: number;
  /** Frames that arrived twice, or too late to be played. */
  framesLate: number;
  jitterMs: number;
  /**
   * The longest pause between two frames within the last few seconds; null: the
   * stream has just begun.
   */
  recentPauseMs: number | null;
  /**
   * Milliseconds from the stream's beginning to the agent's first sound; null: the
   * agent has said nothing.
   */
  firstAudioMs: number | null;
}

/** A media stream that currently carries a call's audio, in this process. */
export interface LiveSession {
  readonly runId: number;
  readonly streamId: string;
  /** Its place among the streams of its call, from 1; 0 until the ledger knows of it. */
  readonly generation: number;
  /** When the carrier last sent audio, in milliseconds of the process's monotonic clock. */
  readonly lastAudioAt: number;
  /** The current quality. */
  readonly quality: LiveQuality;
  /** The agent's audio that waits here to be sent, in milliseconds. */
  readonly waitingMs: number;
  /** The call is still this session's, though another process recorded that it was lost. */
  keep(): void;
  /** Sends digits after all that was said. False: no agent is on the line, yet or any more. */
  sendDigits(digits: string): boolean;
  /** Tells the agent who answered, by the carrier's word; the same word twice is told once. */
  tellMachine(answeredBy: string): void;
  /** Closes the socket; the session ends once, whatever ends it first. */
  end(reason: SessionEnd): void;
}

/**
 * Why a session ended.
 * - `stop`: the carrier said so
 * - `lost`: the socket closed or fell silent
 * - `going-away`: this process hands the call over; the carrier should ask again
 * - `taken-over`: a newer stream of the same call
 * - `agent-ended`, `agent-failed`: the agent hung up, or failed
 * - `protocol`: the peer does not speak the carrier's protocol
 * - `hung-up`: we have the call hung up, for a reason that is not the agent's
 * - `transferred`: the call is transferred to a person; it comes back if that person is not reached
 * - `call-ended`: the ledger says that the call is over
 */
export const SESSION_ENDS = [
  'stop',
  'lost',
  'going-away',
  'taken-over',
  'agent-ended',
  'agent-failed',
  'hung-up',
  'transferred',
  'protocol',
  'call-ended',
] as const;
export type SessionEnd = (typeof SESSION_ENDS)[number];

export function isSessionEnd(value: unknown): value is SessionEnd {
  return (SESSION_ENDS as readonly unknown[]).includes(value);
}

/** The live streams of this process, at most one per run. */
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

  /** Removes only this session: a newer one of the same run stays. */
  remove(session: LiveSession): void {
    if (this.byRun.get(session.runId) === session) this.byRun.delete(session.runId);
  }

  all(): LiveSession[] {
    return [...this.byRun.values()];
  }
}
