import { WebSocket } from 'ws';
import type { FrameClock } from '../media/frame-clock.js';
import { Playout } from '../media/playout.js';

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
export class VonageSocket {
  /** Samples that the caller has heard. */
  readonly heard: Buffer[] = [];
  /** Payloads that were notified, and how many clears came. */
  readonly notified: string[] = [];
  clears = 0;
  framesSent = 0;
  /** Null while it is open. */
  closedWith: number | null = null;
  /** Whether this side has ended it. */
  isEnded = false;
  /** Resolves once it is closed. */
  readonly closed: Promise<void>;
  private noteClosed: () => void = () => undefined;
  private readonly playout = new Playout();
  private readonly saying: Buffer[] = [];
  private socket: WebSocket | null = null;
  private leave: (() => void) | null = null;

  constructor(
    readonly url: string,
    private readonly options: SocketOptions,
    private readonly clock: FrameClock,
  ) {
    this.closed = new Promise((resolve) => {
      this.noteClosed = resolve;
    });
  }

  /** Resolves with 101, or the status of the refusal; 0: nobody listens. */
  async open(url: string, headers: Record<string, string>): Promise<number> {
    const socket = new WebSocket(url, { headers });
    const status = await new Promise<number>((resolve) => {
      socket.once('open', () => resolve(101));
      socket.once('unexpected-response', (request, { statusCode }) => {
        request.destroy();
        resolve(statusCode ?? 0);
      });
      socket.once('error', () => resolve(0));
    });
    if (status !== 101) {
      this.closedWith = status;
      this.noteClosed();
      return status;
    }
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.hear(data);
      else this.take(data.toString());
    });
    socket.on('close', (code: number) => {
      this.leave?.();
      this.closedWith = code;
      this.noteClosed();
    });
    if (this.options.audioFirst) socket.send(SILENCE);
    this.send({
      event: 'websocket:connected',
      'content-type': CONTENT_TYPE,
      ...this.options.headers,
    });
    this.leave = this.clock.join(() => this.tick());
    return status;
  }

  /** Audio of the caller, in messages of 20 ms; silence follows it. */
  say(frames: readonly Buffer[]): void {
    this.saying.push(...frames);
  }

  press(digit: string): void {
    this.send({ event: 'websocket:dtmf', digit, duration: 260 });
  }

  /** Anything. */
  sendRaw(message: string | Buffer): void {
    this.socket?.send(message);
  }

  /** The carrier ends the leg. */
  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.socket?.close(1000);
  }

  /** The connection is gone, without a word. */
  cut(): void {
    this.socket?.terminate();
  }

  private tick(): void {
    const { audio, marks } = this.playout.play(FRAME_BYTES);
    for (const payload of marks) this.notify(payload);
    if (audio.length > 0) this.heard.push(audio);
    this.framesSent += 1;
    if (this.socket?.readyState === WebSocket.OPEN)
      this.socket.send(this.saying.shift() ?? SILENCE);
  }

  private hear(audio: Buffer): void {
    if (audio.length !== FRAME_BYTES) this.options.violate(`a message of ${audio.length} bytes`);
    if (this.playout.bufferedBytes >= WAITING_MAX * FRAME_BYTES)
      this.options.violate('too far ahead');
    else this.playout.push(audio);
  }

  private take(text: string): void {
    const { action, payload, ...more } = JSON.parse(text) as Record<string, unknown>;
    if (Object.keys(more).length > 0) this.options.violate(`fields ${Object.keys(more).join()}`);
    if (action === 'notify' && typeof payload === 'object') {
      for (const one of this.playout.mark(JSON.stringify(payload))) this.notify(one);
    } else if (action === 'clear' && payload === undefined) {
      this.clears += 1;
      const dropped = this.playout.clear();
      if (this.options.notifiesCleared) for (const one of dropped) this.notify(one);
      this.send({ event: 'websocket:cleared' });
    } else {
      this.options.violate(`the action ${String(action)}`);
    }
  }

  private notify(payload: string): void {
    this.notified.push(payload);
    this.send({ event: 'websocket:notify', payload: JSON.parse(payload) as unknown });
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
