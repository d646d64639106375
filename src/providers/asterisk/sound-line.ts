import { jsonObjectIn } from '../../shared/json-object.js';
import { WebSocket } from 'ws';
import { textIn } from './ari-messages.js';

/** How long Asterisk may take to accept the socket, in milliseconds. */
const OPEN_WITHIN_MS = 5_000;
/** 20 ms of μ-law. Asterisk takes whole frames only. */
const FRAME_BYTES = 160;
const SILENCE = 0xff;
/** What is sent at once: 5 s. Two such pieces are half of what Asterisk keeps for us. */
const PIECE_BYTES = 250 * FRAME_BYTES;
const PIECES_AHEAD = 2;
/** In milliseconds. After so long without a piece played, Asterisk plays nothing any more. */
const STALLED_MS = 20_000;

/**
 * A socket of `chan_websocket` that we have opened, to play one sound. Asterisk says which pieces have been
 * played, so that no more is sent than it keeps, and the sound is over when it was heard.
 */
export class SoundLine {
  private readonly socket: WebSocket;
  private readonly pieces: readonly Buffer[];
  private sent = 0;
  private played = 0;
  private readonly accepted: Promise<boolean>;
  private readonly heard: Promise<boolean>;
  private end: (isHeard: boolean) => void = () => undefined;
  private stalled: NodeJS.Timeout | undefined;

  /** @param mulaw at 8 kHz */
  constructor(url: string, mulaw: Buffer) {
    this.pieces = piecesOf(mulaw);
    // The id in the URL is all that Asterisk asks for, so no password goes there.
    this.socket = new WebSocket(url, 'media', {
      handshakeTimeout: OPEN_WITHIN_MS,
      perMessageDeflate: false,
    });
    this.accepted = new Promise((resolve) => {
      this.socket.on('open', () => resolve(true));
      this.socket.on('close', () => resolve(false));
    });
    this.heard = new Promise((resolve) => (this.end = resolve));
    this.socket.on('message', (data: Buffer, isBinary: boolean) => {
      // What the person says meanwhile is nobody's.
      if (!isBinary) this.take(data.toString());
    });
    // The socket closes next.
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      clearTimeout(this.stalled);
      this.end(false);
    });
  }

  /** Whether Asterisk has accepted the socket. */
  opened(): Promise<boolean> {
    return this.accepted;
  }

  /** Resolves with true when the sound was played to its end, with false when it was closed or stood still before. */
  play(): Promise<boolean> {
    if (this.pieces.length === 0) this.end(true);
    this.sendOn();
    return this.heard;
  }

  close(): void {
    this.socket.terminate();
  }

  private take(text: string): void {
    const message = jsonObjectIn(text);
    if (textIn(message?.['event']) !== 'MEDIA_MARK_PROCESSED') return;
    this.played += 1;
    if (this.played === this.pieces.length) this.end(true);
    else this.sendOn();
  }

  private sendOn(): void {
    clearTimeout(this.stalled);
    this.stalled = setTimeout(() => this.end(false), STALLED_MS);
    while (this.sent < Math.min(this.pieces.length, this.played + PIECES_AHEAD)) {
      const piece = this.pieces[this.sent] ?? Buffer.alloc(0);
      for (let at = 0; at < piece.length; at += FRAME_BYTES) {
        this.socket.send(piece.subarray(at, at + FRAME_BYTES));
      }
      const mark = { command: 'MARK_MEDIA', correlation_id: String(this.sent) };
      this.socket.send(JSON.stringify(mark));
      this.sent += 1;
    }
  }
}

/** The last one is filled up to a whole frame. */
function piecesOf(mulaw: Buffer): Buffer[] {
  const missing = (FRAME_BYTES - (mulaw.length % FRAME_BYTES)) % FRAME_BYTES;
  const whole = Buffer.concat([mulaw, Buffer.alloc(missing, SILENCE)]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < whole.length; at += PIECE_BYTES) {
    pieces.push(whole.subarray(at, at + PIECE_BYTES));
  }
  return pieces;
}
