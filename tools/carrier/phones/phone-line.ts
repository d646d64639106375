import type { WebSocket } from 'ws';
import { Microphone } from './microphone.js';
import type { Phone, RingingCall } from './phone.js';

/** Half a minute of audio: the other end has stopped reading. */
const UNSENT_MAX_BYTES = 240_000;

type Message = Record<string, unknown>;

/**
 * A phone at the end of a WebSocket. Binary messages are μ-law at 8 kHz in both
 * directions; text messages are JSON with an `event`:
 *
 * | from the carrier                            | from the phone            |
 * | ------------------------------------------- | ------------------------- |
 * | `ready` `number`                            |                           |
 * | `ringing` `call_sid` `from`                 | `answer`                  |
 * | `answered`                                  | `digits` `digits`         |
 * | `spoken` `text`: what `<Say>` says          | `hangup`: also to decline |
 * | `ended` `status`                            |                           |
 */
export class PhoneLine implements Phone {
  private readonly microphone = new Microphone();
  private call: RingingCall | null = null;
  private decide: ((what: 'taken' | 'busy') => void) | null = null;

  constructor(
    private readonly socket: WebSocket,
    number: string,
  ) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.microphone.push(data);
      else this.obey(data.toString());
    });
    socket.on('close', () => this.call?.hangUp());
    socket.on('error', () => socket.terminate());
    this.tell({ event: 'ready', number });
  }

  ring(call: RingingCall): Promise<'taken' | 'busy'> {
    if (this.call) return Promise.resolve('busy');
    this.call = call;
    this.microphone.clear();
    this.tell({ event: 'ringing', call_sid: call.sid, from: call.from });
    void call.ended.then((status) => {
      this.call = null;
      this.decide = null;
      this.tell({ event: 'ended', status });
    });
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

  private obey(text: string): void {
    const message = parse(text);
    switch (message['event']) {
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
