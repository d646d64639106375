import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

export const REALTIME_KEY = 'sk-test-0123456789-secret';

/** Client events of the GA protocol and their fields; the real server refuses others. */
const FIELDS: Record<string, readonly string[]> = {
  'session.update': ['session'],
  'input_audio_buffer.append': ['audio'],
  'input_audio_buffer.commit': [],
  'conversation.item.create': ['item', 'previous_item_id'],
  'conversation.item.truncate': ['item_id', 'content_index', 'audio_end_ms'],
  'conversation.item.delete': ['item_id'],
  'response.create': ['response'],
  'response.cancel': ['response_id'],
};
const SESSION_FIELDS = [
  'type',
  'instructions',
  'output_modalities',
  'audio',
  'tools',
  'tool_choice',
  'max_output_tokens',
  'reasoning',
];
const TURN_FIELDS: Record<string, readonly string[]> = {
  server_vad: [
    'type',
    'threshold',
    'prefix_padding_ms',
    'silence_duration_ms',
    'create_response',
    'interrupt_response',
    'idle_timeout_ms',
  ],
  semantic_vad: ['type', 'eagerness', 'create_response', 'interrupt_response'],
};
const RESPONSE_FIELDS = ['instructions', 'tool_choice', 'tools', 'output_modalities', 'metadata'];
const BASE64 =
  /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^[A-Za-z0-9+/]{2}==$|^[A-Za-z0-9+/]{3}=$/;
const BYTES_PER_MS = 8;
/** Bytes of μ-law that count as silence. */
const QUIET = new Set([0xff, 0x7f, 0xfe, 0x7e]);

export interface ClientEvent {
  type: string;
  event_id?: string;
  audio?: string;
  item_id?: string;
  content_index?: number;
  audio_end_ms?: number;
  response_id?: string;
  session?: {
    type?: string;
    instructions?: string;
    output_modalities?: string[];
    audio?: {
      input?: { format?: object; turn_detection?: Record<string, unknown> };
      output?: { format?: object; voice?: string | { id: string } };
    };
    tools?: Array<{ type: string; name: string; description?: string; parameters?: unknown }>;
  };
  item?: {
    id?: string;
    type: string;
    call_id?: string;
    output?: string;
    role?: string;
    content?: Array<{ type: string; text: string }>;
  };
  response?: { instructions?: string; tool_choice?: string };
}

/**
 * One session on a server that speaks OpenAI's Realtime protocol. It refuses
 * what the real server would refuse, and records it among the mistakes.
 */
export class RealtimePeer {
  /** Without the audio. */
  readonly events: ClientEvent[] = [];
  readonly mistakes: string[] = [];
  heard = Buffer.alloc(0);
  /** Audio of each item, in milliseconds. */
  readonly sentMs = new Map<string, number>();
  /** The items that the other side made, `role: text`, by their ids. */
  readonly texts = new Map<string, string>();
  /** The response in progress. */
  active: string | null = null;
  closeCode: number | null = null;
  /** Called with each message as it arrives, before it is handled. */
  onEvent: (event: ClientEvent) => void = () => undefined;
  /** Ids are never the same in two sessions. */
  private readonly number: number;
  private ready = false;
  private readonly calls = new Map<string, 'open' | 'answered'>();
  private count = 0;
  private quietMs = 0;
  private callerSpeaks = false;

  constructor(
    readonly socket: WebSocket,
    private readonly server: RealtimeServer,
  ) {
    this.number = server.peers.length + 1;
    this.send({ type: 'session.created', session: { type: 'realtime' } });
  }

  of(type: string): ClientEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  get truncations(): ClientEvent[] {
    return this.of('conversation.item.truncate');
  }

  /** What the tools of the other side have answered, by call. */
  get outputs(): Array<{ callId: string; output: unknown }> {
    return this.events.flatMap(({ item }) =>
      item?.type === 'function_call_output'
        ? [{ callId: item.call_id ?? '', output: JSON.parse(item.output ?? 'null') as unknown }]
        : [],
    );
  }

  send(event: object): void {
    this.socket.send(JSON.stringify({ event_id: this.id('event'), ...event }));
  }

  /** The server begins a response, as it does when the caller has finished. */
  begin(): string {
    this.active = this.id('resp');
    this.send({ type: 'response.created', response: { id: this.active, status: 'in_progress' } });
    return this.active;
  }

  finish(status = 'completed', error?: { type?: string; code?: string; message?: string }): void {
    const id = this.active;
    this.active = null;
    const details = error ? { status_details: { type: 'failed', error } } : {};
    this.send({ type: 'response.done', response: { id, status, ...details } });
  }

  /**
   * The model says something: it sends all audio at once, as fast as a real model.
   * @param value a byte of μ-law, or a piece of it that is repeated
   */
  say(ms: number, value: number | Uint8Array, done = true): string {
    const responseId = this.active ?? this.begin();
    const id = this.id('item');
    this.send({
      type: 'response.output_item.added',
      response_id: responseId,
      output_index: 0,
      item: { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    });
    this.sentMs.set(id, 0);
    for (let at = 0; at < ms; at += 200) this.delta(id, Math.min(200, ms - at), value, responseId);
    if (done) {
      const where = { response_id: responseId, item_id: id, output_index: 0, content_index: 0 };
      this.send({ type: 'response.output_audio.done', ...where });
      this.send({
        type: 'response.output_item.done',
        response_id: responseId,
        output_index: 0,
        item: { id, type: 'message', role: 'assistant', status: 'completed' },
      });
    }
    return id;
  }

  delta(itemId: string, ms: number, value: number | Uint8Array, responseId = this.active): void {
    this.sentMs.set(itemId, (this.sentMs.get(itemId) ?? 0) + ms);
    this.send({
      type: 'response.output_audio.delta',
      response_id: responseId,
      item_id: itemId,
      output_index: 0,
      content_index: 0,
      delta: Buffer.alloc(ms * BYTES_PER_MS, value).toString('base64'),
    });
  }

  /** The model calls a tool. */
  use(name: string, callId: string, args: object | string, status = 'completed'): void {
    const responseId = this.active ?? this.begin();
    if (!this.calls.has(callId)) this.calls.set(callId, 'open');
    this.send({
      type: 'response.output_item.done',
      response_id: responseId,
      output_index: 1,
      item: {
        id: this.id('item'),
        type: 'function_call',
        status,
        name,
        call_id: callId,
        arguments: typeof args === 'string' ? args : JSON.stringify(args),
      },
    });
  }

  callerBegins(): void {
    this.callerSpeaks = true;
    this.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'user' });
  }

  /** @returns the response that the server makes by itself; none when one is in progress */
  callerEnds(): string | null {
    this.callerSpeaks = false;
    this.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: 0, item_id: 'user' });
    this.send({ type: 'input_audio_buffer.committed', item_id: 'user' });
    return this.active === null && this.server.responds ? this.begin() : null;
  }

  receive(message: string): void {
    const event = JSON.parse(message) as ClientEvent;
    const problem = this.problemOf(event);
    if (problem !== null) {
      this.mistakes.push(`${event.type}: ${problem}`);
      this.refuse(event, problem);
      return;
    }
    if (event.type !== 'input_audio_buffer.append') this.events.push(event);
    this.onEvent(event);
    this.obey(event);
  }

  private obey(event: ClientEvent): void {
    switch (event.type) {
      case 'session.update':
        if (!this.server.setsUp) return;
        this.ready = true;
        this.send({
          type: 'session.updated',
          session: { ...event.session, expires_at: this.server.expiresAt },
        });
        return;
      case 'input_audio_buffer.append':
        this.listen(Buffer.from(event.audio ?? '', 'base64'));
        return;
      case 'conversation.item.truncate': {
        const { item_id: id, audio_end_ms: endMs } = event;
        this.send({ type: 'conversation.item.truncated', item_id: id, audio_end_ms: endMs });
        return;
      }
      case 'conversation.item.create':
        if (event.item?.call_id !== undefined) this.calls.set(event.item.call_id, 'answered');
        {
          const id = event.item?.id ?? this.id('item');
          this.texts.set(id, `${event.item?.role}: ${event.item?.content?.[0]?.text ?? ''}`);
          this.send({ type: 'conversation.item.added', item: { id } });
        }
        return;
      case 'conversation.item.delete':
        this.texts.delete(event.item_id ?? '');
        this.send({ type: 'conversation.item.deleted', item_id: event.item_id });
        return;
      case 'response.create':
        if (this.server.responds) this.begin();
        return;
      case 'response.cancel':
        this.finish('cancelled');
        return;
      default:
    }
  }

  /** Why the real server would refuse the event. */
  private problemOf(event: ClientEvent): string | null {
    const fields = FIELDS[event.type];
    if (!fields) return 'unknown event';
    const extra = extraOf(event, ['type', 'event_id', ...fields]);
    if (extra) return extra;
    if (!this.ready && event.type !== 'session.update') return 'before the session is set up';
    switch (event.type) {
      case 'session.update':
        return problemOfSession(event.session);
      case 'input_audio_buffer.append':
        return BASE64.test(event.audio ?? '') ? null : 'no base64';
      case 'conversation.item.truncate': {
        const sent = this.sentMs.get(event.item_id ?? '');
        const end = event.audio_end_ms ?? -1;
        if (sent === undefined) return `no such item`;
        if (event.content_index !== 0) return `content_index ${event.content_index}`;
        if (!Number.isInteger(end) || end < 0) return `audio_end_ms ${end}`;
        return end > sent ? `audio content of ${sent} ms is already shorter than ${end} ms` : null;
      }
      case 'conversation.item.create':
        return this.problemOfItem(event.item);
      case 'conversation.item.delete':
        return this.texts.has(event.item_id ?? '') ? null : 'item_delete_invalid_item_id';
      case 'response.create':
        if (this.active !== null) return 'conversation_already_has_active_response';
        return extraOf(event.response ?? {}, RESPONSE_FIELDS);
      case 'response.cancel':
        return event.response_id === this.active ? null : 'response_cancel_not_active';
      default:
        return null;
    }
  }

  private problemOfItem(item: ClientEvent['item']): string | null {
    if (item?.type === 'function_call_output') {
      if (this.calls.get(item.call_id ?? '') !== 'open') return `call_id ${item.call_id}`;
      return typeof item.output === 'string' ? null : 'output';
    }
    if (item?.id !== undefined && this.texts.has(item.id)) return 'item_id_already_exists';
    const type = item?.role === 'assistant' ? 'output_text' : 'input_text';
    const isText = item?.content?.every((part) => part.type === type && part.text !== '');
    const isKnown = ['user', 'assistant', 'system'].includes(item?.role ?? '');
    return item?.type === 'message' && isKnown && isText ? null : 'item';
  }

  private refuse(event: ClientEvent, problem: string): void {
    this.send({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        code: /^\w+$/.test(problem) ? problem : 'invalid_value',
        message: problem,
        event_id: event.event_id ?? null,
      },
    });
  }

  /**
   * Detects speech roughly as the real server's VAD does: everything that is not
   * silence is speech.
   */
  private listen(audio: Buffer): void {
    this.heard = Buffer.concat([this.heard, audio]);
    if (!this.server.hearsSpeech) return;
    const loud = audio.filter((byte) => !QUIET.has(byte)).length > audio.length / 2;
    this.quietMs = loud ? 0 : this.quietMs + audio.length / BYTES_PER_MS;
    if (loud && !this.callerSpeaks) this.callerBegins();
    else if (this.callerSpeaks && this.quietMs >= 200) this.callerEnds();
  }

  private id(kind: string): string {
    this.count += 1;
    return `${kind}_${this.number}_${this.count}`;
  }
}

function problemOfSession(session: ClientEvent['session']): string | null {
  if (session?.type !== 'realtime') return 'session.type';
  const { audio, tools = [] } = session;
  const turns = audio?.input?.turn_detection ?? {};
  for (const format of [audio?.input?.format, audio?.output?.format]) {
    if (JSON.stringify(format) !== '{"type":"audio/pcmu"}') return 'session.audio format';
  }
  for (const tool of tools) {
    const parameters = tool.parameters as { type?: unknown } | undefined;
    if (tool.type !== 'function' || !/^[\w-]{1,64}$/.test(tool.name)) return 'session.tools';
    if (parameters?.type !== 'object') return `session.tools ${tool.name}`;
  }
  return (
    extraOf(session, SESSION_FIELDS) ??
    extraOf(audio ?? {}, ['input', 'output']) ??
    extraOf(audio?.input ?? {}, ['format', 'turn_detection', 'transcription', 'noise_reduction']) ??
    extraOf(audio?.output ?? {}, ['format', 'voice', 'speed']) ??
    extraOf(turns, TURN_FIELDS[String(turns['type'])] ?? [])
  );
}

function extraOf(told: object, known: readonly string[]): string | null {
  const extra = Object.keys(told).find((name) => !known.includes(name));
  return extra === undefined ? null : `unknown parameter ${extra}`;
}

export class RealtimeServer {
  readonly peers: RealtimePeer[] = [];
  /** Of every handshake, also of those refused. */
  readonly handshakes: Array<{ url: URL; authorization: string | undefined }> = [];
  /** How a wrong key is refused: by HTTP, or as OpenAI does it, after the handshake. */
  refusesBy: 'http' | 'event' = 'http';
  /** In place of any 101. */
  upgradeReply: string | null = null;
  /** False: `session.update` is never answered. */
  setsUp = true;
  /** How long sessions last that are set up from now on. */
  lastsMs = 60 * 60_000;
  /** False: no response ever begins. */
  responds = true;
  /** False: the test decides when the caller speaks. */
  hearsSpeech = false;
  private server: Server | null = null;
  private readonly sockets = new WebSocketServer({ noServer: true });

  /** Of a session that is set up now, in seconds since 1970. */
  get expiresAt(): number {
    return Math.floor((Date.now() + this.lastsMs) / 1_000);
  }

  /** @returns the base URL of its API */
  async listen(): Promise<string> {
    const server = createServer();
    this.server = server;
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '', 'http://localhost');
    const { authorization } = request.headers;
    this.handshakes.push({ url, authorization });
    const allowed = authorization === `Bearer ${REALTIME_KEY}`;
    const found = url.pathname === '/v1/realtime' && (url.searchParams.get('model') ?? '') !== '';
    if (this.upgradeReply !== null || !found || (!allowed && this.refusesBy === 'http')) {
      const reply = this.upgradeReply ?? `HTTP/1.1 ${found ? 401 : 404} No`;
      socket.on('error', () => undefined);
      socket.end(`${reply}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => undefined);
      if (!allowed) {
        refuseKey(client, authorization ?? '');
        return;
      }
      const peer = new RealtimePeer(client, this);
      this.peers.push(peer);
      client.on('close', (code) => (peer.closeCode = code));
      client.on('message', (data, isBinary) => {
        if (isBinary) peer.mistakes.push('binary');
        else peer.receive((data as Buffer).toString());
      });
    });
  }
}

/** As OpenAI does, which quotes the key. */
function refuseKey(client: WebSocket, authorization: string): void {
  const error = {
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    message: `Incorrect API key provided: ${authorization.replace('Bearer ', '')}.`,
    param: null,
    event_id: null,
  };
  client.send(JSON.stringify({ type: 'error', event_id: 'event_1', error }));
  client.close(3000, 'invalid_request_error.invalid_api_key');
}
