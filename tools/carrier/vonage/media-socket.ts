import { CarrierSocket } from '../media/carrier-socket.js';
import type { FrameClock } from '../media/frame-clock.js';

/** 20 ms of 16-bit samples at 16 kHz. */
export const FRAME_BYTES = 640;
const SILENCE = Buffer.alloc(FRAME_BYTES);
/** As many messages wait to be played; what comes beyond them is lost. */
const WAITING_MAX = 3_072;
const CONTENT_TYPE = 'audio/l16;rate=16000';

export interface SocketOptions {
  headers: Readonly<Record<string, unknown>>;
  notifiesCleared: boolean;
  audioFirst: boolean;
  violate(what: string): void;
}

/** The carrier's end of one media stream: 50 messages a second to the gateway, and what it sends played in time. */
export class VonageSocket extends CarrierSocket {
  /** Whether this side has ended it. */
  isEnded = false;

  constructor(
    readonly url: string,
    private readonly options: SocketOptions,
    clock: FrameClock,
  ) {
    super(SILENCE, clock, (what) => options.violate(what));
  }

  /** Payloads that were notified. */
  get notified(): readonly string[] {
    return this.marks;
  }

  press(digit: string): void {
    this.send({ event: 'websocket:dtmf', digit, duration: 260 });
  }

  /** Anything. */
  sendRaw(message: string | Buffer): void {
    this.send(message);
  }

  /** The carrier ends the leg. */
  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.close();
  }

  protected override begin(): void {
    if (this.options.audioFirst) this.send(SILENCE);
    this.send({
      event: 'websocket:connected',
      'content-type': CONTENT_TYPE,
      ...this.options.headers,
    });
  }

  protected override sendFrame(frame: Buffer): void {
    this.send(frame);
  }

  protected override refused(status: number): void {
    this.over(status);
  }

  protected override takeBinary(audio: Buffer): void {
    if (audio.length !== FRAME_BYTES) this.violate(`a message of ${audio.length} bytes`);
    if (this.playout.bufferedBytes >= WAITING_MAX * FRAME_BYTES) this.violate('too far ahead');
    else this.playout.push(audio);
  }

  protected override take(text: string): void {
    const { action, payload, ...more } = JSON.parse(text) as Record<string, unknown>;
    if (Object.keys(more).length > 0) this.violate(`fields ${Object.keys(more).join()}`);
    if (action === 'notify' && typeof payload === 'object') {
      for (const one of this.playout.mark(JSON.stringify(payload))) this.returnMark(one);
    } else if (action === 'clear' && payload === undefined) {
      this.clears += 1;
      const dropped = this.playout.clear();
      if (this.options.notifiesCleared) for (const one of dropped) this.returnMark(one);
      this.send({ event: 'websocket:cleared' });
    } else {
      this.violate(`the action ${String(action)}`);
    }
  }

  protected override sendMark(payload: string): void {
    this.send({ event: 'websocket:notify', payload: JSON.parse(payload) as unknown });
  }
}
