import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { FRAME_MS, type FrameClock } from '../media/frame-clock.js';
import { Playout } from '../media/playout.js';
import {
  CONNECTED_MESSAGE,
  dtmfMessage,
  mediaMessage,
  stopMessage,
} from '../media/stream-messages.js';

const FRAME_BYTES = 160;
const SILENCE = Buffer.alloc(FRAME_BYTES, 0xff);

export interface StreamOf {
  token: string;
  callSid: string;
  /** Perhaps without the part behind its first dot. */
  domain: string;
  from: string;
  to: string;
}

/** The carrier's end of a stream: μ-law, both ways, at the pace of speech. */
export class CloudonixSocket {
  readonly id = randomBytes(16).toString('hex');
  /** What the telephone has played. */
  readonly heard: Buffer[] = [];
  framesSent = 0;
  clears = 0;
  /** Null while it is open. */
  closedWith: number | null = null;
  private readonly playout = new Playout();
  private readonly saying: Buffer[] = [];
  private socket: WebSocket | null = null;
  private leave: (() => void) | null = null;
  private sequence = 0;

  constructor(
    private readonly call: StreamOf,
    private readonly clock: FrameClock,
    private readonly violate: (what: string) => void,
    private readonly onClosed: () => void,
  ) {}

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
    this.send(CONNECTED_MESSAGE);
    this.start();
    return status;
  }

  /** Frames of 20 ms; silence follows them. */
  say(frames: readonly Buffer[]): void {
    this.saying.push(...frames);
  }

  press(digit: string): void {
    this.send(dtmfMessage(this.id, (this.sequence += 1), digit));
  }

  /** The telephone was hung up. */
  stop(): void {
    if (this.closedWith !== null) return;
    const { domain, callSid } = this.call;
    this.send(stopMessage(this.id, (this.sequence += 1), { accountSid: domain, callSid }));
    this.socket?.close(1000);
  }

  cut(): void {
    this.socket?.terminate();
  }

  private start(): void {
    const { token, callSid, domain, from, to } = this.call;
    const start = {
      streamSid: this.id,
      callSid,
      session: token,
      accountSid: domain,
      from,
      to,
      context: 'cxml',
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: {},
    };
    const sequenceNumber = String((this.sequence += 1));
    this.send(JSON.stringify({ event: 'start', sequenceNumber, start, streamSid: this.id }));
    this.leave = this.clock.join((frame) => {
      const { audio } = this.playout.play(FRAME_BYTES);
      if (audio.length > 0) this.heard.push(audio);
      const piece = this.saying.shift() ?? SILENCE;
      const at = (frame - 1) * FRAME_MS;
      this.send(mediaMessage(this.id, (this.sequence += 1), frame, at, piece));
      this.framesSent += 1;
    });
  }

  /** It knows `media` and `clear`; nothing documents that it takes anything else. */
  private take(text: string): void {
    const { event, streamSid, media, ...more } = JSON.parse(text) as Record<string, unknown>;
    if (streamSid !== this.id) this.violate(`${String(event)} for another stream`);
    if (Object.keys(more).length > 0)
      this.violate(`${String(event)} with ${Object.keys(more).join()}`);
    if (event === 'clear' && media === undefined) {
      this.clears += 1;
      this.playout.clear();
      return;
    }
    const { payload, ...rest } = Object(media) as Record<string, unknown>;
    const audio = Buffer.from(typeof payload === 'string' ? payload : '', 'base64');
    const isMedia = event === 'media' && audio.length > 0 && Object.keys(rest).length === 0;
    if (!isMedia) this.violate(`the event ${String(event)}`);
    this.playout.push(audio);
  }

  private send(text: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
  }
}
