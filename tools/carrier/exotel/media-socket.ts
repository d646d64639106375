import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { FRAME_MS, type FrameClock } from '../media/frame-clock.js';
import { Playout } from '../media/playout.js';
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
export class ExotelSocket {
  readonly id = randomBytes(16).toString('hex');
  /** Samples that the telephone has played, in pieces of 20 ms. */
  readonly heard: Buffer[] = [];
  readonly marks: string[] = [];
  clears = 0;
  framesSent = 0;
  /** Null while it is open. */
  closedWith: number | null = null;
  private readonly playout = new Playout();
  private readonly saying: Buffer[] = [];
  private socket: WebSocket | null = null;
  private leave: (() => void) | null = null;
  private sequence = 0;

  constructor(
    private readonly call: StreamOf,
    private readonly doubts: Doubts,
    private readonly clock: FrameClock,
    private readonly violate: (what: string) => void,
    private readonly onClosed: () => void,
  ) {}

  private get frameBytes(): number {
    return (this.doubts.sampleRate / 50) * 2;
  }

  /** Resolves with 101, or the status of the refusal. */
  async open(url: string): Promise<number> {
    const socket = new WebSocket(url);
    const status = await new Promise<number>((resolve) => {
      socket.once('open', () => resolve(101));
      socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0));
      socket.once('error', () => resolve(0));
    });
    if (status !== 101) return status;
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.violate('a binary message');
      else this.take(data.toString());
    });
    socket.on('close', (code: number) => {
      this.leave?.();
      this.closedWith = code;
      this.onClosed();
    });
    this.send({ event: 'connected' });
    this.start();
    return status;
  }

  /** Samples of the telephone, in pieces of 20 ms; silence follows them. */
  say(pieces: readonly Buffer[]): void {
    this.saying.push(...pieces);
  }

  press(digit: string): void {
    this.tell('dtmf', { dtmf: { duration: this.number(100), digit } });
  }

  /** The telephone was hung up, or the flow went on. */
  stop(reason: 'stopped' | 'callended'): void {
    if (this.closedWith !== null) return;
    this.tell('stop', { stop: { ...this.named(), reason } });
    this.socket?.close(1000);
  }

  cut(): void {
    this.socket?.terminate();
  }

  private start(): void {
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
    this.leave = this.clock.join((frame) => {
      const { audio, marks } = this.playout.play(this.frameBytes);
      for (const name of marks) this.returnMark(name);
      if (audio.length > 0) this.heard.push(audio);
      this.framesSent += 1;
      this.tell('media', {
        media: {
          chunk: this.number(frame),
          timestamp: this.number((frame - 1) * FRAME_MS),
          payload: (this.saying.shift() ?? Buffer.alloc(this.frameBytes)).toString('base64'),
        },
      });
    });
  }

  private named(): object {
    const { sid, accountSid } = this.call;
    return this.doubts.casing === 'snake'
      ? { stream_sid: this.id, call_sid: sid, account_sid: accountSid }
      : { streamSid: this.id, callSid: sid, accountSid };
  }

  private take(text: string): void {
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

  private returnMark(name: string): void {
    this.marks.push(name);
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

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
