import { digitsMs, dtmfTones } from '../../audio/dtmf.js';
import { MULAW_BYTES_PER_SECOND, MULAW_SILENCE } from '../../audio/mulaw.js';
import type { DigitsOutcome } from '../../agents/agent.js';
import type { Capabilities } from '../../providers/capabilities.js';
import type { Playout } from './playout.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1000;

/** How a call's carrier sends digits. */
export interface DigitsWay {
  by: Capabilities['digitsOut'];
  /** For `api`: asks the carrier to send them now. False: it did not take them. Never rejects. */
  ask: (digits: string) => Promise<boolean>;
}

/** Where digits stand in the play-out. */
interface Span {
  start: number;
  end: number;
}

/**
 * Digits in the line of what the other side hears: they follow what was said before, and what is
 * said after follows them. A carrier that sends them by its API is asked when their turn has come,
 * and silence takes their place in the audio; otherwise they are tones in it.
 */
export class DigitsLine {
  private live: Span[] = [];

  constructor(
    private readonly playout: Playout,
    private readonly way: DigitsWay,
  ) {}

  /** Whether digits are being heard at this moment. */
  get areHeard(): boolean {
    if (this.live.length === 0 || this.playout.isPaused) return false;
    const heard = this.playout.heard();
    return this.live.some(({ start, end }) => start <= heard && heard < end);
  }

  /** Call it when no utterance is open. Never rejects. */
  async send(digits: string): Promise<DigitsOutcome> {
    const { by } = this.way;
    switch (by) {
      case 'none':
        return 'failed';
      case 'tones':
        return this.play(dtmfTones(digits));
      case 'api':
        return this.ask(digits);
      default:
        return by satisfies never;
    }
  }

  /** Audio of the play-out from `position` on, without the digits in it: they are never sent twice. */
  cutOut(position: number, audio: Buffer): Buffer {
    const kept: Buffer[] = [];
    let from = 0;
    for (const { start, end } of this.live) {
      kept.push(audio.subarray(from, Math.max(from, start - position)));
      from = Math.max(from, end - position);
    }
    if (from === 0) return audio;
    return Buffer.concat([...kept, audio.subarray(from)]);
  }

  private async play(audio: Buffer): Promise<DigitsOutcome> {
    const { playout } = this;
    const start = playout.position;
    playout.write(audio);
    const span = { start, end: playout.position };
    this.live.push(span);
    const outcome = await this.heard();
    this.live = this.live.filter((other) => other !== span);
    return outcome === 'played' ? 'sent' : 'interrupted';
  }

  private async ask(digits: string): Promise<DigitsOutcome> {
    const turn = this.heard();
    const silence = this.play(Buffer.alloc(digitsMs(digits) * BYTES_PER_MS, MULAW_SILENCE));
    if ((await turn) === 'cleared') return 'interrupted';
    if (!(await this.way.ask(digits))) return 'failed';
    await silence;
    return 'sent';
  }

  /** What was written so far was heard to its end, or cut off. */
  private heard(): Promise<'played' | 'cleared'> {
    return new Promise((resolve) => this.playout.mark(resolve));
  }
}
