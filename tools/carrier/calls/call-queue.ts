import { pause } from '../pause.js';

/** The account's calls-per-second limit. Calls beyond it wait for their turn (Twilio support, "CPS"). */
export class CallQueue {
  private nextSlot = 0;

  constructor(private readonly callsPerSecond: number) {}

  async slot(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.nextSlot);
    this.nextSlot = at + 1000 / this.callsPerSecond;
    if (at > now) await pause(at - now, signal);
  }
}
