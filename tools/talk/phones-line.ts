import { WebSocket } from 'ws';
import { FrameClock } from '../carrier/media/frame-clock.js';
import { StreamRecording } from '../carrier/media/stream-recording.js';
import { MULAW_BYTES_PER_SECOND } from '../../src/audio/mulaw.js';
import { within } from '../../src/shared/within.js';
import type { CallersLine } from './callers-line.js';
import { UsageError } from './options.js';
import type { ScriptedVoice } from './scripted-voice.js';

const READY_WITHIN_MS = 10_000;
/** A phone's line carries nothing longer than this at once. */
const MESSAGE_MAX_BYTES = 16 * 1024;
/** How late a piece may come without a pause before it. */
const JITTER_MS = 100;
const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1_000;

/**
 * A phone at the simulated carrier of a gateway that runs, as the console's is: it takes the call that comes, and its
 * caller talks. `tools/carrier/phones/phone-line.ts` has its messages.
 */
export class PhonesLine implements CallersLine {
  readonly answered: Promise<void>;
  readonly ended: Promise<void>;
  /** What it is called under. */
  number = '';
  private readonly recording = new StreamRecording(true);
  private readonly abort = new AbortController();
  private readonly clock = new FrameClock();
  /** Where the last piece that was heard ends, in milliseconds since the answer. */
  private heardToMs = 0;
  private tellAnswered: () => void = () => undefined;
  private tellEnded: () => void = () => undefined;

  private constructor(
    private readonly socket: WebSocket,
    private readonly voice: ScriptedVoice,
  ) {
    this.answered = new Promise((resolve) => (this.tellAnswered = resolve));
    this.ended = new Promise((resolve) => (this.tellEnded = resolve));
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.hear(data);
      else this.told(JSON.parse(data.toString()) as { event?: unknown; number?: unknown });
    });
    socket.on('close', () => this.end());
    socket.on('error', () => socket.terminate());
  }

  /**
   * Resolves when the phone has its number.
   * @param cookie of a session of the console's
   * @throws UsageError
   */
  static async open(url: string, cookie: string, voice: ScriptedVoice): Promise<PhonesLine> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/console/phone/line`, {
      headers: { cookie },
      origin: new URL(url).origin,
      perMessageDeflate: false,
      maxPayload: MESSAGE_MAX_BYTES,
      handshakeTimeout: READY_WITHIN_MS,
    });
    const line = new PhonesLine(socket, voice);
    const ready = new Promise<'ready' | 'closed'>((resolve) => {
      socket.on('message', () => line.number !== '' && resolve('ready'));
      socket.once('close', () => resolve('closed'));
    });
    if ((await within(READY_WITHIN_MS, ready)) === 'ready') return line;
    socket.terminate();
    throw new UsageError(`${url} gives the caller no phone: is its simulated carrier running?`);
  }

  get over(): AbortSignal {
    return this.abort.signal;
  }

  get hearings(): readonly StreamRecording[] {
    return [this.recording];
  }

  sendDigits(digits: string): void {
    this.tell({ event: 'digits', digits });
  }

  hangUp(): void {
    this.tell({ event: 'hangup' });
  }

  close(): void {
    this.socket.close();
  }

  private told({ event, number }: { event?: unknown; number?: unknown }): void {
    switch (event) {
      case 'ready':
        this.number = String(number);
        return;
      case 'ringing':
        this.tell({ event: 'answer' });
        return;
      case 'answered':
        this.recording.begin();
        this.clock.join(() => {
          if (this.socket.readyState === this.socket.OPEN) {
            this.socket.send(this.voice.nextFrame());
          }
        });
        this.tellAnswered();
        return;
      case 'ended':
        this.end();
        return;
      default:
    }
  }

  /** What follows closely is heard right after the piece before it, as by any phone. */
  private hear(audio: Buffer): void {
    const cameMs = Math.round(performance.now() - this.recording.beganAt);
    const atMs = cameMs > this.heardToMs + JITTER_MS ? cameMs : this.heardToMs;
    this.heardToMs = atMs + audio.length / BYTES_PER_MS;
    this.recording.heard(atMs, audio);
  }

  private end(): void {
    this.clock.stop();
    this.abort.abort();
    this.tellEnded();
  }

  private tell(message: object): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
