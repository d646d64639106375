import { randomBytes } from 'node:crypto';
import { CarrierSocket } from '../media/carrier-socket.js';
import { FRAME_MS, type FrameClock } from '../media/frame-clock.js';
import type { Doubts } from './exotel-options.js';

/** Exotel wants pieces of a multiple of this, and none above the most. */
const PIECE_BYTES = 320;
const PIECE_MAX = 100_000;
const OUT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  media: ['payload'],
  mark: ['name'],
};

export interface StreamOf {
  sid: string;
  accountSid: string;
  from: string;
  to: string;
}

/** The carrier's end of a stream: samples of 16 bits, both ways, at the pace of speech. */
export class ExotelSocket extends CarrierSocket {
  readonly id = randomBytes(16).toString('hex');
  private sequence = 0;

  constructor(
    private readonly call: StreamOf,
    private readonly doubts: Doubts,
    clock: FrameClock,
    violate: (what: string) => void,
    onClosed: () => void,
  ) {
    super(Buffer.alloc((doubts.sampleRate / 50) * 2), clock, violate);
    void this.closed.then(onClosed);
  }

  press(digit: string): void {
    this.tell('dtmf', { dtmf: { duration: this.number(100), digit } });
  }

  /** The telephone was hung up, or the flow went on. */
  stop(reason: 'stopped' | 'callended'): void {
    if (!this.isOpen) return;
    this.tell('stop', { stop: { ...this.named(), reason } });
    this.close();
  }

  protected override begin(): void {
    this.send({ event: 'connected' });
    const { encoding, sampleRate, casing } = this.doubts;
    const format = { encoding, bit_rate: '128kbps' };
    const rate = this.number(sampleRate);
    this.tell('start', {
      start: {
        ...this.named(),
        from: this.call.from,
        to: this.call.to,
        ...(casing === 'snake'
          ? { custom_parameters: {}, media_format: { ...format, sample_rate: rate } }
          : { customParameters: {}, mediaFormat: { ...format, sampleRate: rate } }),
      },
    });
  }

  protected override sendFrame(frame: Buffer, nth: number): void {
    this.tell('media', {
      media: {
        chunk: this.number(nth),
        timestamp: this.number((nth - 1) * FRAME_MS),
        payload: frame.toString('base64'),
      },
    });
  }

  private named(): object {
    const { sid, accountSid } = this.call;
    return this.doubts.casing === 'snake'
      ? { stream_sid: this.id, call_sid: sid, account_sid: accountSid }
      : { streamSid: this.id, callSid: sid, accountSid };
  }

  protected override take(text: string): void {
    const {
      event = '',
      stream_sid,
      ...more
    } = JSON.parse(text) as Record<string, unknown> & {
      event?: string;
    };
    if (stream_sid !== this.id) this.violate(`${event} for the stream ${String(stream_sid)}`);
    const fields = OUT_FIELDS[event];
    const body = (more[event] ?? {}) as Record<string, string>;
    const strange = Object.keys(more).filter((name) => !fields || name !== event);
    if (fields) strange.push(...Object.keys(body).filter((name) => !fields.includes(name)));
    if (strange.length > 0) this.violate(`${event} with ${strange.join()}`);
    switch (event) {
      case 'media': {
        const audio = Buffer.from(body['payload'] ?? '', 'base64');
        const isPiece = audio.length > 0 && audio.length % PIECE_BYTES === 0;
        if (!isPiece || audio.length > PIECE_MAX) this.violate(`${audio.length} bytes of audio`);
        this.playout.push(audio);
        return;
      }
      case 'mark':
        for (const name of this.playout.mark(body['name'] ?? '')) this.returnMark(name);
        return;
      case 'clear': {
        this.clears += 1;
        const dropped = this.playout.clear();
        if (this.doubts.returnsCleared) for (const name of dropped) this.returnMark(name);
        return;
      }
      default:
        this.violate(`the event ${event}`);
    }
  }

  protected override sendMark(name: string): void {
    this.tell('mark', { mark: { name } });
  }

  private tell(event: string, more: object): void {
    const sequence = this.number((this.sequence += 1));
    const isSnake = this.doubts.casing === 'snake';
    this.send({
      event,
      ...(isSnake
        ? { sequence_number: sequence, stream_sid: this.id }
        : { sequenceNumber: sequence, streamSid: this.id }),
      ...more,
    });
  }

  private number(value: number): string | number {
    return this.doubts.numbersAs === 'text' ? String(value) : value;
  }
}
