import type { WebSocket } from 'ws';
import type { StreamCodec, WireFrame } from '../../providers/media-dialect.js';
import { CloseCode } from './close-codes.js';
import type { SendFrame } from './frame-sender.js';
import { MEDIA_LIMITS } from './limits.js';
import type { PlayoutLine } from './playout.js';

export interface LineParts {
  socket: WebSocket;
  send: SendFrame;
  codec: StreamCodec;
  /** The carrier does not read what it is sent. */
  onSlow: () => void;
}

/** What one stream's carrier is told, in its own language, and how its socket is closed. */
export class CarrierLine implements PlayoutLine {
  /** When the socket is to be gone, of the process's monotonic clock; null until {@link end}. */
  private closeBy: number | null = null;
  private silent = false;
  private lastPingAt = performance.now();

  constructor(private readonly parts: LineParts) {}

  audio(mulaw: Buffer): boolean {
    return this.send(this.parts.codec.audio(mulaw));
  }

  mark(name: string): boolean {
    const frame = this.parts.codec.mark(name);
    if (frame === null) return false;
    this.send(frame);
    return true;
  }

  clear(): void {
    for (const frame of this.parts.codec.clear()) this.send(frame);
  }

  /** From now on the caller hears nothing more from here. */
  silence(): void {
    this.silent = true;
  }

  /** Called now and then while the stream lives. */
  keepAlive(now: number): void {
    if (now - this.lastPingAt < MEDIA_LIMITS.pingEveryMs) return;
    this.lastPingAt = now;
    this.parts.socket.ping();
  }

  /**
   * Nothing is sent any more; only the first call counts.
   *
   * @param code null: the carrier has a while to close
   * @param hangsUp whether the carrier is told to hang up, where its protocol has a word for that
   */
  end(code: CloseCode | null, hangsUp: boolean): void {
    if (this.closeBy !== null) return;
    const lastWord = hangsUp ? this.parts.codec.hangUp() : null;
    if (lastWord !== null) this.parts.send(lastWord);
    const patience = code === null ? MEDIA_LIMITS.closeWithinMs : MEDIA_LIMITS.closeHandshakeMs;
    this.closeBy = performance.now() + patience;
    if (code !== null) this.parts.socket.close(code);
  }

  /** Called now and then after the end: closes what the carrier left open, then cuts it off. */
  check(now: number): void {
    const { socket } = this.parts;
    if (this.closeBy === null || now < this.closeBy) return;
    if (socket.readyState === socket.OPEN) {
      socket.close(CloseCode.Ended);
      this.closeBy = performance.now() + MEDIA_LIMITS.closeHandshakeMs;
    } else {
      socket.terminate();
    }
  }

  private send(frame: WireFrame): boolean {
    if (this.silent || this.closeBy !== null) return false;
    if (this.parts.socket.bufferedAmount > MEDIA_LIMITS.unsentBytes) {
      this.parts.onSlow();
      return false;
    }
    this.parts.send(frame);
    return true;
  }
}
