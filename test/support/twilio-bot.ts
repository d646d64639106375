import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** One stream, as the bot sees it. */
export interface BotStream {
  socket: WebSocket;
  request: IncomingMessage;
  streamSid: string;
  start: { callSid: string; accountSid: string; customParameters: Record<string, string> };
  digits: string[];
  marks: string[];
  frames: number;
  stopped: boolean;
}

/** Twilio's messages and their exact fields; another field is a mistake of ours. */
const FIELDS: Record<string, string[]> = {
  connected: ['event', 'protocol', 'version'],
  start: ['event', 'sequenceNumber', 'start', 'streamSid'],
  media: ['event', 'media', 'sequenceNumber', 'streamSid'],
  dtmf: ['dtmf', 'event', 'sequenceNumber', 'streamSid'],
  mark: ['event', 'mark', 'sequenceNumber', 'streamSid'],
  stop: ['event', 'sequenceNumber', 'stop', 'streamSid'],
};

interface BotMessageFields {
  event: string;
  streamSid: string;
  sequenceNumber: string;
  start: BotStream['start'];
  media: { chunk: string; track: string; payload: string; timestamp: string };
  dtmf: { digit: string };
  mark: { name: string };
}

/** A bot as a team writes one for Twilio: it echoes by default. */
export class TwilioBot {
  readonly streams: BotStream[] = [];
  readonly mistakes: string[] = [];
  onMedia: (stream: BotStream, payload: string) => void = (stream, payload) =>
    this.say(stream, payload);
  onStart: (stream: BotStream) => void = () => undefined;
  private server: Server | null = null;
  private port = 0;

  get url(): string {
    return `ws://127.0.0.1:${this.port}/stream`;
  }

  async listen(): Promise<void> {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket, request) => this.accept(socket, request));
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Cuts every socket, as when the process is killed. */
  async die(): Promise<void> {
    for (const { socket } of this.streams) socket.terminate();
    const { server } = this;
    this.server = null;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  say(stream: BotStream, payload: string): void {
    const { socket, streamSid } = stream;
    socket.send(JSON.stringify({ event: 'media', streamSid, media: { payload } }));
  }

  private accept(socket: WebSocket, request: IncomingMessage): void {
    let stream: BotStream | null = null;
    let sequence = 0;
    let chunk = 0;
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as BotMessageFields;
      const { event } = message;
      const fields = Object.keys(message).sort().join();
      if (fields !== FIELDS[event]?.join()) this.mistakes.push(`${event}: ${fields}`);
      if (event === 'connected') return;
      sequence += 1;
      if (message.sequenceNumber !== String(sequence)) {
        this.mistakes.push(`${event}: sequence ${message.sequenceNumber}`);
      }
      if (event === 'start') {
        const start = message.start;
        const { streamSid } = message;
        stream = {
          socket,
          request,
          streamSid,
          start,
          digits: [],
          marks: [],
          frames: 0,
          stopped: false,
        };
        this.streams.push(stream);
        this.onStart(stream);
        return;
      }
      if (!stream) {
        this.mistakes.push(`${event} before start`);
        return;
      }
      switch (event) {
        case 'media': {
          const { media } = message;
          chunk += 1;
          stream.frames += 1;
          if (
            media.chunk !== String(chunk) ||
            media.track !== 'inbound' ||
            !/^\d+$/.test(media.timestamp)
          ) {
            this.mistakes.push(`media: ${JSON.stringify({ ...media, payload: '' })}`);
          }
          this.onMedia(stream, media.payload);
          return;
        }
        case 'dtmf':
          stream.digits.push(message.dtmf.digit);
          return;
        case 'mark':
          stream.marks.push(message.mark.name);
          return;
        case 'stop':
          stream.stopped = true;
          return;
        default:
          this.mistakes.push(event);
      }
    });
  }
}
