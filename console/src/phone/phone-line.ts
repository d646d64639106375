import { SERVICE_PATH } from '../base.js';

/** What the carrier sends to a phone. */
export type LineEvent =
  | { event: 'ready'; number: string }
  | { event: 'ringing'; call_sid: string; from: string }
  | { event: 'dialled'; call_sid: string }
  | { event: 'answered' }
  | { event: 'spoken'; text: string }
  | { event: 'ended'; status: string; refused?: string };

export interface LineListener {
  onEvent: (event: LineEvent) => void;
  onAudio: (mulaw: Uint8Array) => void;
  /** Called once, whatever the cause. */
  onClosed: () => void;
}

/** A telephone line from the simulated carrier to this browser. */
export class PhoneLine {
  private readonly socket: WebSocket;

  constructor(listener: LineListener) {
    const url = new URL(`${SERVICE_PATH}console/phone/line`, window.location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    this.socket = new WebSocket(url);
    this.socket.binaryType = 'arraybuffer';
    this.socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') listener.onEvent(JSON.parse(data) as LineEvent);
      else listener.onAudio(new Uint8Array(data));
    });
    this.socket.addEventListener('close', () => listener.onClosed());
  }

  speak(mulaw: Uint8Array<ArrayBuffer>): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(mulaw);
  }

  dial(to: string): void {
    this.tell({ event: 'dial', to });
  }

  answer(): void {
    this.tell({ event: 'answer' });
  }

  hangUp(): void {
    this.tell({ event: 'hangup' });
  }

  press(digit: string): void {
    this.tell({ event: 'digits', digits: digit });
  }

  close(): void {
    this.socket.close();
  }

  private tell(message: object): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
