import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { checkCredentials } from '../rest/http-request.js';
import type { PhoneNumber } from '../rest/phone-numbers.js';
import type { Phone, PhoneCall } from './phone.js';
import { PhoneLine } from './phone-line.js';

const PATH = '/control/phone';
/** +1 202 555 0100 to 0199 are assigned to nobody. */
const NUMBERS = Array.from({ length: 100 }, (_, n) => `+120255501${String(n).padStart(2, '0')}`);
/** A second of audio is 8,000 bytes; all other messages are short. */
const MESSAGE_MAX_BYTES = 16 * 1024;

/** What the exchange needs of its carrier. */
export interface PhoneNetwork {
  /** Asked of each phone, as HTTP credentials. */
  readonly accountSid: string;
  readonly authToken: string;
  /** The account's own; no phone gets one of these. */
  readonly phoneNumbers: readonly PhoneNumber[];
  /** Calls to this number ring that phone; returns the function that takes it away. */
  plugIn(number: string, phone: Phone): () => void;
  /** That phone calls a number of the account. Throws when nothing would answer. */
  dial(from: string, to: string, phone: Phone): PhoneCall;
}

/** `/control/phone`: each open WebSocket is a phone with a number of its own. */
export class PhoneExchange {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_MAX_BYTES,
    perMessageDeflate: false,
  });
  private readonly taken = new Set<string>();

  constructor(private readonly carrier: PhoneNetwork) {}

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const number = NUMBERS.find((one) => this.isFree(one));
    const status = this.isAllowed(request) ? (number ? null : 503) : 401;
    if (status !== null || !number) {
      socket.end(`HTTP/1.1 ${status ?? 503} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    this.taken.add(number);
    socket.once('close', () => this.taken.delete(number));
    this.server.handleUpgrade(request, socket, head, (client) => this.open(client, number));
  }

  close(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }

  private open(client: WebSocket, number: string): void {
    const dial = (to: string, phone: Phone) => this.carrier.dial(number, to, phone);
    const line = new PhoneLine(client, number, dial);
    const unplug = this.carrier.plugIn(number, line);
    client.once('close', unplug);
  }

  private isFree(number: string): boolean {
    const ours = this.carrier.phoneNumbers.some(({ phoneNumber }) => phoneNumber === number);
    return !ours && !this.taken.has(number);
  }

  private isAllowed(request: IncomingMessage): boolean {
    if ((request.url ?? '').split('?', 1)[0] !== PATH) return false;
    try {
      checkCredentials(request, this.carrier.accountSid, this.carrier.authToken);
      return true;
    } catch {
      return false;
    }
  }
}
