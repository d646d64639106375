import { TurnDetector } from '../../audio/turn-detector.js';
import type { Playout } from './playout.js';

/**
 * Lets the caller talk over the agent. As soon as he may be talking the agent is
 * silenced, which can be undone: after a cough it goes on where he stopped
 * hearing it. Once he surely talks, what it was saying is given up.
 */
export class BargeIn {
  private readonly turns = new TurnDetector();

  constructor(
    private readonly playout: Playout,
    private readonly onTurn: () => void,
  ) {}

  /** The caller's next 20 ms, μ-law. */
  hear(frame: Buffer): void {
    switch (this.turns.push(frame)) {
      case 'started':
        if (!this.playout.silent) this.playout.pause();
        return;
      case 'dropped':
        this.playout.resume();
        return;
      case 'confirmed':
        // Silenced in his last milliseconds, he had said everything: what he says next is no less heard.
        if (this.playout.silent) this.playout.resume();
        else this.onTurn();
        return;
      case 'ended':
      case null:
    }
  }
}
