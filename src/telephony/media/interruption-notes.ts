import type { ResumeReason, Step } from '../../audio/ear/interruption.js';
import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';

/** Entries of one stream in the timeline, at most. */
const NOTES_MAX = 200;

/**
 * Tells the timeline what a caller who talked over the agent did to it. That the agent was paused is told with what
 * came of it, a second later at most: so both share a commit, for which the event loop stands still.
 */
export class InterruptionNotes {
  private noted = 0;
  private paused: CallEventDraft | null = null;

  constructor(
    private readonly generation: number,
    private readonly write: (event: CallEventDraft) => void,
  ) {}

  /**
   * @param heardMs how much of what the agent was saying had been heard; null: it was saying nothing
   * @param reason of `resumed`
   */
  note(step: Step, heardMs: number | null, reason: ResumeReason): void {
    this.noted += 1;
    if (this.noted > NOTES_MAX) return;
    const detail = {
      step,
      heard_ms: heardMs === null ? null : Math.round(heardMs),
      ...(step === 'resumed' ? { reason } : {}),
      generation: this.generation,
    };
    const occurredAt = new Date();
    const event = callEvent({ type: 'interruption', source: 'media', occurredAt, detail });
    this.end();
    if (step === 'paused') this.paused = event;
    else this.write(event);
  }

  /** Nothing comes of a pause any more. */
  end(): void {
    const { paused } = this;
    this.paused = null;
    if (paused) this.write(paused);
  }
}
