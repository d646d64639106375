import { randomUUID } from 'node:crypto';
import { MULAW_TO_ALAW } from '../../../src/audio/alaw.js';
import { CarrierSocket } from '../media/carrier-socket.js';
import { FRAME_MS, type FrameClock } from '../media/frame-clock.js';

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
export class TelnyxSocket extends CarrierSocket {
  readonly id = randomUUID();
  private sequence = 0;

  constructor(
    private readonly call: SocketCall,
    private readonly codec: 'PCMU' | 'PCMA',
    clock: FrameClock,
    violate: (what: string) => void,
  ) {
    super(SILENCE, clock, violate);
  }

  press(digit: string): void {
    this.send({ event: 'dtmf', dtmf: { digit }, ...this.numbered() });
  }

  /** The carrier ends the stream. */
  stop(): void {
    if (!this.isOpen) return;
    this.send({ event: 'stop', stop: { call_control_id: this.call.call_control_id } });
    this.close();
  }

  protected override begin(): void {
    this.send({ event: 'connected', version: '1.0.0' });
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
  }

  protected override sendFrame(mulaw: Buffer, nth: number): void {
    const bytes = this.codec === 'PCMU' ? mulaw : mulaw.map((byte) => MULAW_TO_ALAW[byte] ?? 0);
    this.send({
      event: 'media',
      ...this.numbered(),
      media: {
        track: 'inbound',
        chunk: String(nth),
        timestamp: String((nth - 1) * FRAME_MS),
        payload: Buffer.from(bytes).toString('base64'),
      },
    });
  }

  protected override take(text: string): void {
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

  protected override sendMark(name: string): void {
    this.send({ event: 'mark', ...this.numbered(), mark: { name } });
  }

  private numbered(): object {
    return { sequence_number: String((this.sequence += 1)), stream_id: this.id };
  }
}
