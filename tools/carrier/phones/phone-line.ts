import type { WebSocket } from 'ws';
import { Microphone } from './microphone.js';
import type { Phone, PhoneCall } from './phone.js';

/** Half a minute of audio: the other end has stopped reading. */
const UNSENT_MAX_BYTES = 240_000;

const E164 = /^\+[1-9]\d{6,14}$/;
/** What the SIP code of a call says that was not taken. */
const REFUSALS: Record<number, string> = { 486: 'busy', 603: 'rejected' };

type Message = Record<string, unknown>;

/**
 * A phone at the end of a WebSocket. Binary messages are μ-law at 8 kHz in both
 * directions; text messages are JSON with an `event`:
 *
 * | from the carrier                            | from the phone            |
 * | ------------------------------------------- | ------------------------- |
 * | `ready` `number`                            | `dial` `to`               |
 * | `ringing` `call_sid` `from`                 | `answer`                  |
 * | `dialled` `call_sid`                        |                           |
 * | `answered`                                  | `digits` `digits`         |
 * | `spoken` `text`: what `<Say>` says          | `hangup`: also to decline |
 * | `ended` `status` `refused`                  |                           |
 *
 * `refused` is there where a call that was dialled was not taken: `busy`, `rejected`, or
 * `unreachable` for a number that nobody could have answered.
 */
export class PhoneLine implements Phone {
  private readonly microphone = new Microphone();
  private call: PhoneCall | null = null;
  private decide: ((what: 'taken' | 'busy') => void) | null = null;

  constructor(
    private readonly socket: WebSocket,
    number: string,
    /** Throws when nothing would answer. */
    private readonly connect: (to: string, phone: Phone) => PhoneCall,
  ) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.microphone.push(data);
      else this.obey(data.toString());
    });
    socket.on('close', () => this.call?.hangUp());
    socket.on('error', () => socket.terminate());
    this.tell({ event: 'ready', number });
  }

  ring(call: PhoneCall): Promise<'taken' | 'busy'> {
    if (this.call) return Promise.resolve('busy');
    this.take(call, (status) => ({ event: 'ended', status }));
    this.tell({ event: 'ringing', call_sid: call.sid, from: call.from });
    return new Promise((resolve) => {
      this.decide = resolve;
    });
  }

  nextFrame(): Buffer {
    return this.microphone.next();
  }

  hear(audio: Buffer): void {
    if (this.socket.bufferedAmount > UNSENT_MAX_BYTES) this.socket.terminate();
    else this.socket.send(audio, () => undefined);
  }

  speak(text: string): void {
    this.tell({ event: 'spoken', text });
  }

  private take(call: PhoneCall, ended: (status: string) => Message): void {
    this.call = call;
    this.microphone.clear();
    void call.ended.then((status) => {
      this.call = null;
      this.decide = null;
      this.tell(ended(status));
    });
  }

  private dial(to: unknown): void {
    if (this.call) return;
    const call = this.placed(to);
    if (!call) {
      this.tell({ event: 'ended', status: 'failed', refused: 'unreachable' });
      return;
    }
    let isAnswered = false;
    this.take(call, (status) => {
      const refused = isAnswered ? undefined : REFUSALS[call.sipCode ?? 0];
      return { event: 'ended', status, ...(refused && { refused }) };
    });
    this.tell({ event: 'dialled', call_sid: call.sid });
    void call.answered.then((isTaken) => {
      if (!isTaken) return;
      isAnswered = true;
      this.tell({ event: 'answered' });
    });
  }

  private placed(to: unknown): PhoneCall | null {
    if (typeof to !== 'string' || !E164.test(to)) return null;
    try {
      return this.connect(to, this);
    } catch {
      return null;
    }
  }

  private obey(text: string): void {
    const message = parse(text);
    switch (message['event']) {
      case 'dial':
        this.dial(message['to']);
        return;
      case 'answer':
        if (!this.decide) return;
        this.decide('taken');
        this.decide = null;
        this.tell({ event: 'answered' });
        return;
      case 'hangup':
        this.call?.hangUp();
        return;
      case 'digits': {
        const { digits } = message;
        if (typeof digits === 'string' && /^[0-9A-D#*]{1,32}$/.test(digits)) {
          this.call?.sendDigits(digits);
        }
        return;
      }
      default:
    }
  }

  private tell(message: Message): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.socket.send(JSON.stringify(message), () => undefined);
  }
}

function parse(text: string): Message {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Message) : {};
  } catch {
    return {};
  }
}
