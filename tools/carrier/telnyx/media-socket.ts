import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { MULAW_TO_ALAW } from '../../../src/audio/alaw.js';
import { FRAME_MS, type FrameClock } from '../media/frame-clock.js';
import { Playout } from '../media/playout.js';

const FRAME_BYTES = 160;
const SILENCE = Buffer.alloc(FRAME_BYTES, 0xff);
/** The most that is played of one message: 30 s. */
const PIECE_MAX = 240_000;

export interface SocketCall {
  call_control_id: string;
  call_session_id: string;
  from: string;
  to: string;
  client_state: string | null;
}

/** The carrier's end of one media stream: 50 frames a second to the gateway, and what it sends played in time. */
export class TelnyxSocket {
  readonly id = randomUUID();
  /** μ-law that the caller has heard. */
  readonly heard: Buffer[] = [];
  /** Marks that were returned, and how many clears came. */
  readonly marks: string[] = [];
  clears = 0;
  framesSent = 0;
  /** Null while it is open. */
  closedWith: number | null = null;
  /** Resolves once it is closed. */
  readonly closed: Promise<void>;
  private noteClosed: () => void = () => undefined;
  private readonly playout = new Playout();
  private readonly saying: Buffer[] = [];
  private socket: WebSocket | null = null;
  private leave: (() => void) | null = null;
  private sequence = 0;

  constructor(
    private readonly call: SocketCall,
    private readonly codec: 'PCMU' | 'PCMA',
    private readonly clock: FrameClock,
    private readonly violate: (what: string) => void,
  ) {
    this.closed = new Promise((resolve) => {
      this.noteClosed = resolve;
    });
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
      this.noteClosed();
    });
    this.send({ event: 'connected', version: '1.0.0' });
    this.start();
    return status;
  }

  /** Audio of the caller, in frames of 20 ms; silence follows it. */
  say(frames: readonly Buffer[]): void {
    this.saying.push(...frames);
  }

  press(digit: string): void {
    this.send({ event: 'dtmf', dtmf: { digit }, ...this.numbered() });
  }

  /** The carrier ends the stream. */
  stop(): void {
    if (!this.socket || this.closedWith !== null) return;
    this.send({ event: 'stop', stop: { call_control_id: this.call.call_control_id } });
    this.socket.close(1000);
  }

  cut(): void {
    this.socket?.terminate();
  }

  private start(): void {
    const { from, to, client_state, call_control_id, call_session_id } = this.call;
    this.send({
      event: 'start',
      ...this.numbered(),
      start: {
        user_id: '3e6f995f-85f7-4705-9741-53b116d28237',
        call_control_id,
        call_session_id,
        from,
        to,
        tags: [],
        client_state,
        custom_parameters: {},
        media_format: { encoding: this.codec, sample_rate: 8000, channels: 1 },
      },
    });
    this.leave = this.clock.join((frame) => {
      const { audio, marks } = this.playout.play(FRAME_BYTES);
      for (const name of marks) this.returnMark(name);
      if (audio.length > 0) this.heard.push(audio);
      this.frame(frame);
    });
  }

  private frame(frame: number): void {
    const mulaw = this.saying.shift() ?? SILENCE;
    const bytes = this.codec === 'PCMU' ? mulaw : mulaw.map((byte) => MULAW_TO_ALAW[byte] ?? 0);
    this.framesSent += 1;
    this.send({
      event: 'media',
      ...this.numbered(),
      media: {
        track: 'inbound',
        chunk: String(frame),
        timestamp: String((frame - 1) * FRAME_MS),
        payload: Buffer.from(bytes).toString('base64'),
      },
    });
  }

  private take(text: string): void {
    const {
      event = '',
      media,
      mark,
      ...more
    } = JSON.parse(text) as {
      event?: string;
      media?: { payload: string };
      mark?: { name: string };
    };
    if (Object.keys(more).length > 0) this.violate(`fields ${Object.keys(more).join()}`);
    switch (event) {
      case 'media': {
        const audio = Buffer.from(media?.payload ?? '', 'base64');
        const isPiece = audio.length >= FRAME_BYTES && audio.length <= PIECE_MAX;
        if (!isPiece) this.violate(`${audio.length} bytes of audio`);
        this.playout.push(audio);
        return;
      }
      case 'mark':
        for (const name of this.playout.mark(mark?.name ?? '')) {
          this.returnMark(name);
        }
        return;
      case 'clear':
        this.clears += 1;
        for (const name of this.playout.clear()) this.returnMark(name);
        return;
      default:
        this.violate(`the event ${event}`);
    }
  }

  private returnMark(name: string): void {
    this.marks.push(name);
    this.send({ event: 'mark', ...this.numbered(), mark: { name } });
  }

  private numbered(): object {
    return { sequence_number: String((this.sequence += 1)), stream_id: this.id };
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
