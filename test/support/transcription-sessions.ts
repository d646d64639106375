import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer, type WebSocket } from 'ws';

/** How a session goes wrong: refused before the 101, closed at the end of a turn, or without a text of it. */
export type SessionFault = 'refused' | 'closed' | 'failed';

/** Client events of a transcription session and their fields; the real server refuses others. */
const FIELDS: Record<string, readonly string[]> = {
  'session.update': ['session'],
  'input_audio_buffer.append': ['audio'],
  'input_audio_buffer.commit': [],
  'input_audio_buffer.clear': [],
};
const BYTES_PER_MS = 8;
/** The real server takes no shorter turn. */
const COMMIT_MIN_MS = 100;

interface ClientEvent {
  type: string;
  session?: { type?: unknown; audio?: { input?: Record<string, unknown> } };
  audio?: string;
}

export interface TranscriptionSessionsParts {
  authorization: string;
  model: string;
  /** What the caller is understood to have said in the next turn. */
  heard: () => string;
  beforeMs: () => number;
  mistakes: string[];
}

/** Transcription sessions of OpenAI's Realtime API, on a server that has more: `GET /v1/realtime?intent=transcription`. */
export class TranscriptionSessions {
  /** Of each turn, in milliseconds. */
  readonly turns: number[] = [];
  fault: SessionFault | null = null;
  /** Sessions that are set up. */
  ready = 0;
  private readonly sockets = new WebSocketServer({ noServer: true });
  private items = 0;

  constructor(
    server: Server,
    private readonly parts: TranscriptionSessionsParts,
  ) {
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  stop(): void {
    for (const socket of this.sockets.clients) socket.terminate();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isFound = request.url === '/v1/realtime?intent=transcription';
    const isKnown = request.headers.authorization === this.parts.authorization;
    if (this.fault === 'refused' || !isFound || !isKnown) {
      if (this.fault === null) this.parts.mistakes.push(`upgrade of ${request.url}`);
      socket.on('error', () => undefined);
      socket.end(`HTTP/1.1 ${isKnown ? 404 : 401} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.sockets.handleUpgrade(
      request,
      socket,
      head,
      (client) => new Session(client, this, this.parts),
    );
  }

  nextItem(): string {
    this.items += 1;
    return `item_${this.items}`;
  }
}

class Session {
  private isReady = false;
  private bytes = 0;
  private previous: string | null = null;

  constructor(
    private readonly socket: WebSocket,
    private readonly all: TranscriptionSessions,
    private readonly parts: TranscriptionSessionsParts,
  ) {
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.receive((data as Buffer).toString()));
    this.send({ type: 'session.created', session: { type: 'transcription' } });
  }

  private send(event: object): void {
    this.socket.send(JSON.stringify({ event_id: 'event', ...event }));
  }

  private receive(message: string): void {
    const event = JSON.parse(message) as ClientEvent;
    const problem = this.problemOf(event);
    if (problem !== null) {
      this.parts.mistakes.push(`${event.type}: ${problem}`);
      const error = { type: 'invalid_request_error', code: 'invalid_value', message: problem };
      this.send({ type: 'error', error });
      return;
    }
    if (event.type === 'session.update') {
      this.isReady = true;
      this.all.ready += 1;
      this.send({ type: 'session.updated', session: event.session });
    } else if (event.type === 'input_audio_buffer.append') {
      this.bytes += Buffer.from(event.audio ?? '', 'base64').length;
    } else if (event.type === 'input_audio_buffer.commit') {
      void this.commit();
    }
  }

  private problemOf(event: ClientEvent): string | null {
    const fields = FIELDS[event.type];
    if (!fields) return 'unknown event';
    const extra = extraOf(event, ['type', 'event_id', ...fields]);
    if (extra !== null) return extra;
    if (event.type === 'session.update') return problemOfSession(event.session, this.parts.model);
    if (!this.isReady) return 'before the session is set up';
    if (
      event.type === 'input_audio_buffer.append' &&
      !/^[A-Za-z0-9+/]+=*$/.test(event.audio ?? '')
    ) {
      return 'no base64';
    }
    const isShort = this.bytes < COMMIT_MIN_MS * BYTES_PER_MS;
    return event.type === 'input_audio_buffer.commit' && isShort ? 'buffer too small' : null;
  }

  private async commit(): Promise<void> {
    const id = this.all.nextItem();
    this.all.turns.push(this.bytes / BYTES_PER_MS);
    this.bytes = 0;
    if (this.all.fault === 'closed') {
      this.socket.close(1011);
      return;
    }
    this.send({
      type: 'input_audio_buffer.committed',
      item_id: id,
      previous_item_id: this.previous,
    });
    this.previous = id;
    await sleep(this.parts.beforeMs());
    const item = { item_id: id, content_index: 0 };
    const told = 'conversation.item.input_audio_transcription';
    if (this.all.fault === 'failed') {
      const error = { type: 'server_error', code: 'audio_unintelligible', message: 'made up' };
      this.send({ type: `${told}.failed`, ...item, error });
      return;
    }
    const transcript = this.parts.heard();
    this.send({ type: `${told}.delta`, ...item, delta: transcript.slice(0, 3) });
    this.send({ type: `${told}.delta`, ...item, delta: transcript.slice(3) });
    this.send({
      type: `${told}.completed`,
      ...item,
      transcript,
      usage: { type: 'duration', seconds: 1 },
    });
  }
}

function problemOfSession(session: ClientEvent['session'], model: string): string | null {
  if (session?.type !== 'transcription') return 'session.type';
  const input = session.audio?.input ?? {};
  const transcription = Object(input['transcription']) as Record<string, unknown>;
  if (JSON.stringify(input['format']) !== '{"type":"audio/pcmu"}') return 'format';
  if (transcription['model'] !== model) return 'model';
  if (input['turn_detection'] !== null) return 'turns are found by the server too';
  return (
    extraOf(session, ['type', 'audio', 'include']) ??
    extraOf(session.audio ?? {}, ['input']) ??
    extraOf(input, ['format', 'noise_reduction', 'transcription', 'turn_detection']) ??
    extraOf(transcription, ['model', 'language', 'prompt'])
  );
}

function extraOf(told: object, known: readonly string[]): string | null {
  const extra = Object.keys(told).find((name) => !known.includes(name));
  return extra === undefined ? null : `unknown parameter ${extra}`;
}
