import { MULAW_FRAME_BYTES } from '../../audio/mulaw.js';
import { TurnDetector } from '../../audio/turn-detector.js';
import type { Playout } from './playout.js';

/**
 * Lets the caller interrupt the agent. The agent is silenced as soon as the caller may be talking,
 * which can be undone: after a cough it continues where the caller stopped hearing it. Once the
 * caller is certainly talking, the rest of its utterance is dropped.
 */
export class BargeIn {
  private readonly turns = new TurnDetector();
  /** Short of a frame. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly playout: Playout,
    private readonly onTurn: () => void,
  ) {}

  /** What the caller says next, μ-law: mostly 20 ms at a time, but not with every carrier. */
  hear(audio: Buffer): void {
    if (this.rest.length === 0 && audio.length === MULAW_FRAME_BYTES) {
      this.hearFrame(audio);
      return;
    }
    const waiting = Buffer.concat([this.rest, audio]);
    let at = 0;
    for (; at + MULAW_FRAME_BYTES <= waiting.length; at += MULAW_FRAME_BYTES) {
      this.hearFrame(waiting.subarray(at, at + MULAW_FRAME_BYTES));
    }
    this.rest = waiting.subarray(at);
  }

  private hearFrame(frame: Buffer): void {
    switch (this.turns.push(frame)) {
      case 'started':
        if (!this.playout.silent) this.playout.pause();
        return;
      case 'dropped':
        this.playout.resume();
        return;
      case 'confirmed':
        // Silenced in its last milliseconds, the agent had said everything: the caller still hears
        // what it says next.
        if (this.playout.silent) this.playout.resume();
        else this.onTurn();
        return;
      case 'ended':
      case null:
    }
  }
}
