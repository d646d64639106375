import { WebSocket } from 'ws';
import type { FrameClock } from './frame-clock.js';
import { Playout } from './playout.js';

/**
 * The carrier's end of one media stream: 50 frames a second to the gateway, and what it sends played in time. What is
 * said on the wire is its carrier's.
 */
export abstract class CarrierSocket {
  /** What the telephone has played, in pieces of at most 20 ms, as it came. */
  readonly heard: Buffer[] = [];
  /** Marks that were returned. */
  readonly marks: string[] = [];
  clears = 0;
  framesSent = 0;
  /** Null while it is open. */
  closedWith: number | null = null;
  /** Resolves once it is closed. */
  readonly closed: Promise<void>;
  protected readonly playout = new Playout();
  private noteClosed: () => void = () => undefined;
  private readonly saying: Buffer[] = [];
  private socket: WebSocket | null = null;
  private leave: (() => void) | null = null;

  /** @param silence a frame of it */
  constructor(
    private readonly silence: Buffer,
    private readonly clock: FrameClock,
    protected readonly violate: (what: string) => void,
  ) {
    this.closed = new Promise((resolve) => {
      this.noteClosed = resolve;
    });
  }

  /** Resolves with 101, or the status of the refusal; 0: nobody listens. */
  async open(url: string, headers: Record<string, string> = {}): Promise<number> {
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
      this.refused(status);
      return status;
    }
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.takeBinary(data);
      else this.take(data.toString());
    });
    socket.on('close', (code: number) => this.over(code));
    this.begin();
    this.leave = this.clock.join((frame) => {
      const { audio, marks } = this.playout.play(this.silence.length);
      for (const name of marks) this.returnMark(name);
      if (audio.length > 0) this.heard.push(audio);
      this.framesSent += 1;
      this.sendFrame(this.saying.shift() ?? this.silence, frame);
    });
    return status;
  }

  /** Audio of the telephone, in frames of 20 ms; silence follows it. */
  say(frames: readonly Buffer[]): void {
    this.saying.push(...frames);
  }

  cut(): void {
    this.socket?.terminate();
  }

  protected get isOpen(): boolean {
    return this.socket !== null && this.closedWith === null;
  }

  /** What is sent before any audio. */
  protected abstract begin(): void;

  /** @param nth from 1 on */
  protected abstract sendFrame(frame: Buffer, nth: number): void;

  protected abstract take(text: string): void;

  protected abstract sendMark(name: string): void;

  protected takeBinary(_data: Buffer): void {
    this.violate('a binary message');
  }

  protected returnMark(name: string): void {
    this.marks.push(name);
    this.sendMark(name);
  }

  /** Text or a binary message as it is, anything else as JSON; nothing once it is closed. */
  protected send(message: object | string): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const isAsItIs = typeof message === 'string' || Buffer.isBuffer(message);
    this.socket.send(isAsItIs ? message : JSON.stringify(message));
  }

  protected close(code = 1000): void {
    this.socket?.close(code);
  }

  /** The gateway takes no stream. */
  protected refused(_status: number): void {}

  protected over(code: number): void {
    this.leave?.();
    this.closedWith = code;
    this.noteClosed();
  }
}
