import { MULAW_FRAME_BYTES } from '../../../src/audio/mulaw.js';
import type { RawData, WebSocket } from 'ws';
import type { AlertLevel } from '../alerts.js';
import type { StreamBehaviour } from '../calls/call-behaviour.js';
import type { Network } from '../network.js';
import type { SeededRandom } from '../random.js';
import { newSid } from '../sids.js';
import type { FrameClock } from './frame-clock.js';
import { FRAME_MS } from './frame-clock.js';
import { readGatewayMessage } from './outbound-message.js';
import { Playout } from './playout.js';
import {
  CONNECTED_MESSAGE,
  dtmfMessage,
  markMessage,
  mediaMessage,
  startMessage,
  stopMessage,
} from './stream-messages.js';
import { StreamRecording } from './stream-recording.js';
import { openStreamSocket } from './stream-socket.js';

export interface MediaStreamPlan {
  /** `wss://`, without a query. */
  url: string;
  /** The signature of the upgrade; null leaves it out. */
  signature: string | null;
  callSid: string;
  accountSid: string;
  parameters: Record<string, string>;
  behaviour: StreamBehaviour;
  answersPings: boolean;
  recordAudio: boolean;
  /** The caller's next 20 ms. */
  nextFrame: () => Buffer;
  /** Called with what the caller hears now, up to 20 ms; not called in silence. */
  onHeard: (audio: Buffer) => void;
}

export interface MediaStreamSurroundings {
  network: Network;
  clock: FrameClock;
  random: SeededRandom;
  /** Called at most once per stream and code. */
  alert: (code: number, level: AlertLevel, message: string) => void;
}

/**
 * - `failed`: it never opened
 * - `stopped`: the carrier ended it because the call was over or redirected
 * - `server-closed`: the gateway closed the socket
 * - `lost`: the connection broke; `cut`: it was broken on purpose (behaviour, `cut()`)
 */
export type StreamEnd = 'failed' | 'stopped' | 'server-closed' | 'lost' | 'cut';

/** Audio is discarded while more bytes than this are unsent (error page 31930). */
const CONGESTED_BYTES = 256 * 1024;
/** How long the gateway may take to answer our close frame. */
const CLOSE_TIMEOUT_MS = 2000;

/** The carrier's side of one bidirectional media stream. */
export class MediaStream {
  readonly sid = newSid('MZ');
  /** What was said, heard, marked and cleared on this stream. */
  readonly recording: StreamRecording;
  /** True between `start` and the end. */
  open = false;
  /** The number of whole frames sent, also when they are not recorded. */
  framesSent = 0;
  /** The gateway's close code, once it has closed. */
  closeCode: number | null = null;
  closeReason = '';
  /** The HTTP status with which the upgrade was refused. */
  refusedWith: number | null = null;
  frozen = false;
  /** Resolves once, when the stream is over. */
  readonly ended: Promise<StreamEnd>;

  private readonly playout = new Playout();
  private readonly alerted = new Set<number>();
  private socket: WebSocket | null = null;
  private sequence = 0;
  private readonly firstTimestamp: number;
  private leaveClock: () => void = () => undefined;
  private ending: StreamEnd | null = null;
  private closeTimer: NodeJS.Timeout | undefined;
  private resolveEnded!: (end: StreamEnd) => void;

  constructor(
    readonly plan: MediaStreamPlan,
    private readonly around: MediaStreamSurroundings,
  ) {
    this.recording = new StreamRecording(plan.recordAudio);
    this.firstTimestamp = around.random.between(60, 180);
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  /** 20 ms frames that the caller said. */
  get sentFrames(): readonly Buffer[] {
    return this.recording.sentFrames;
  }

  /** All μ-law bytes that the caller heard, without the silences between them. */
  get heardAudio(): Buffer {
    return this.recording.heardAudio;
  }

  /** μ-law bytes that the gateway has sent and the caller has not heard yet. */
  get bufferedBytes(): number {
    return this.playout.bufferedBytes;
  }

  /** Connects and sends `connected` and `start`. False when the gateway refuses the connection. */
  async connect(): Promise<boolean> {
    const { socket, opening } = openStreamSocket({
      url: this.plan.url,
      signature: this.plan.signature,
      network: this.around.network,
      answersPings: this.plan.answersPings,
    });
    this.socket = socket;
    socket.on('open', () => this.begin(socket));
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('close', (code, reason) => this.onClose(code, reason.toString('utf8')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.open || !error.code?.startsWith('WS_ERR_')) return;
      this.alert(31_924, 'error', error.message);
      this.ending ??= 'lost';
    });
    const outcome = await opening;
    if (outcome.kind === 'open') return true;
    if (this.ending === null) {
      if (outcome.kind === 'refused') {
        this.refusedWith = outcome.status;
        this.alert(31_920, 'error', `the upgrade was answered with HTTP ${outcome.status}`);
      } else this.alert(outcome.code, 'error', outcome.message);
    }
    this.finish('failed');
    return false;
  }

  /** Sends `stop` and closes, because the call is over or redirected. */
  stop(): void {
    if (this.ending !== null) return;
    this.ending = 'stopped';
    this.leaveClock();
    if (this.frozen) return this.finish('stopped');
    if (this.open) this.send(stopMessage(this.sid, ++this.sequence, this.plan));
    this.socket?.close(1000);
    this.closeTimer = setTimeout(() => this.socket?.terminate(), CLOSE_TIMEOUT_MS);
  }

  /** Destroys the TCP connection, as a lost network would. */
  cut(): void {
    if (this.ending !== null) return;
    this.ending = 'cut';
    this.leaveClock();
    this.socket?.terminate();
  }

  /** Stops sending and reading, but keeps the connection open. */
  freeze(): void {
    this.frozen = true;
    this.leaveClock();
    this.socket?.pause();
  }

  /** Frees the socket, whatever its state; for a carrier that stops. */
  destroy(): void {
    this.ending ??= 'stopped';
    this.leaveClock();
    clearTimeout(this.closeTimer);
    this.socket?.terminate();
    this.finish(this.ending);
  }

  /** Sends one `dtmf` message for each character. */
  sendDigits(digits: string): void {
    for (const digit of digits) this.send(dtmfMessage(this.sid, ++this.sequence, digit));
  }

  /** Sends any text frame, for tests of how the gateway treats it. */
  sendRaw(text: string): void {
    this.send(text);
  }

  private begin(socket: WebSocket): void {
    if (this.ending !== null) return socket.terminate();
    this.open = true;
    this.recording.begin();
    const { behaviour } = this.plan;
    this.send(CONNECTED_MESSAGE);
    this.send(
      startMessage(++this.sequence, {
        streamSid: this.sid,
        callSid: behaviour.start?.callSid ?? this.plan.callSid,
        accountSid: behaviour.start?.accountSid ?? this.plan.accountSid,
        customParameters: behaviour.start?.customParameters ?? this.plan.parameters,
      }),
    );
    this.leaveClock = this.around.clock.join((frame) => this.tick(frame));
  }

  /** Every 20 ms one frame goes out and the caller hears the next one. */
  private tick(frame: number): void {
    const { cutAfterMs, freezeAfterMs } = this.plan.behaviour;
    const atMs = frame * FRAME_MS;
    if (cutAfterMs !== undefined && atMs >= cutAfterMs) return this.cut();
    if (freezeAfterMs !== undefined && atMs >= freezeAfterMs) return this.freeze();
    this.sendFrame(atMs);
    const { audio, marks } = this.playout.play(MULAW_FRAME_BYTES);
    this.returnMarks(marks, 'played');
    if (audio.length === 0) return;
    this.recording.heard(atMs, audio);
    this.plan.onHeard(audio);
  }

  private sendFrame(atMs: number): void {
    const audio = this.plan.nextFrame();
    if ((this.socket?.bufferedAmount ?? 0) > CONGESTED_BYTES) {
      return this.alert(31_930, 'warning', 'the gateway reads too slowly, audio is discarded');
    }
    // Timestamps of real streams start above zero and jitter by a few milliseconds.
    const jitter = this.around.random.between(-2, 2);
    const timestamp = this.firstTimestamp + atMs - FRAME_MS + jitter;
    this.framesSent++;
    this.recording.said(audio);
    this.send(mediaMessage(this.sid, ++this.sequence, this.framesSent, timestamp, audio));
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.frozen) return;
    if (this.ending !== null) return this.receiveLate(data, isBinary);
    if (isBinary) return this.alert(31_950, 'warning', 'binary frame');
    const message = readGatewayMessage((data as Buffer).toString('utf8'), this.sid);
    switch (message.kind) {
      case 'invalid':
        // Twilio does not document whether it still obeys such a message; the simulator does not.
        return this.alert(31_951, 'warning', message.reason);
      case 'media':
        this.recording.received(message.audio.length);
        if (this.playout.push(message.audio)) return;
        return this.alert(31_931, 'warning', 'more than 10 minutes buffered, audio is discarded');
      case 'mark':
        this.recording.markReceived(message.name);
        return this.returnMarks(this.playout.mark(message.name), 'played');
      case 'clear': {
        this.recording.cleared(this.playout.bufferedBytes);
        return this.returnMarks(this.playout.clear(), 'cleared');
      }
    }
  }

  /** After the end nothing is played, and audio is only noted. */
  private receiveLate(data: RawData, isBinary: boolean): void {
    if (isBinary) return;
    const message = readGatewayMessage((data as Buffer).toString('utf8'), this.sid);
    if (message.kind === 'media') this.recording.receivedLate();
  }

  private returnMarks(names: string[], how: 'played' | 'cleared'): void {
    for (const name of names) {
      this.recording.markReturned(name, how);
      this.send(markMessage(this.sid, ++this.sequence, name));
    }
  }

  private onClose(code: number, reason: string): void {
    if (this.open && this.ending === null) {
      if (code === 1006) {
        this.ending = 'lost';
        this.alert(31_903, 'error', 'the connection broke');
      } else {
        this.ending = 'server-closed';
        this.closeCode = code;
        this.closeReason = reason;
        // Twilio logs this as an error even when the close was intended.
        this.alert(31_921, 'notice', `the server closed the socket (${code} ${reason})`.trim());
      }
    }
    if (this.open || this.ending !== null) this.finish(this.ending ?? 'lost');
  }

  private finish(end: StreamEnd): void {
    this.open = false;
    clearTimeout(this.closeTimer);
    this.leaveClock();
    this.ending ??= end;
    this.resolveEnded(this.ending);
  }

  private send(text: string): void {
    if (!this.open || this.frozen || this.socket?.readyState !== 1) return;
    this.socket.send(text, () => undefined);
  }

  private alert(code: number, level: AlertLevel, message: string): void {
    if (this.alerted.has(code)) return;
    this.alerted.add(code);
    this.around.alert(code, level, message);
  }
}
