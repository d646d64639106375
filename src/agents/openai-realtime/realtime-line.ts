import { WebSocket } from 'ws';
import type { Lookup } from '../../shared/outbound-guard.js';
import { isFinalCode, isPassingCode } from './realtime-codes.js';
import { readServerEvent, type ServerEvent } from './realtime-events.js';

const PING_EVERY_MS = 15_000;
const QUIET_MAX_MS = 30_000;
const CLOSE_MS = 2_000;
const MESSAGE_MAX_BYTES = 4 * 1024 * 1024;
/** Half a minute of audio: the server has stopped reading. */
const UNSENT_MAX_BYTES = 512 * 1024;
export interface RealtimePlace {
  url: URL;
  /** The key. It goes into the handshake with this URL and nowhere else. Null: none is sent. */
  key: string | null;
  /** How the host's address is found; absent: as usual. */
  lookup?: Lookup;
}

export interface LineFailure {
  /** It never contains the key. */
  reason: Error;
  /** Another line would fail too: the key, the account, the model or what the session was asked to be. */
  isFinal: boolean;
}

export interface LineListener {
  onEvent(event: ServerEvent): void;
  /** Called once, when the line is already closed. */
  onFailure(failure: LineFailure): void;
}

/**
 * The socket to the Realtime API. It is up, or it has failed and reported why, once.
 * The code that opens it must close it.
 */
export class RealtimeLine {
  private socket: WebSocket | null = null;
  private deadline: NodeJS.Timeout | null = null;
  private heartbeat: NodeJS.Timeout | null = null;
  private heardAt = 0;
  private ready = false;

  constructor(
    private readonly place: RealtimePlace,
    private readonly listener: LineListener,
  ) {}

  /**
   * @param hello the first message, which sets up the session
   * @param withinMs the time from the first packet until the session is set up as requested
   */
  open(hello: object, withinMs: number): void {
    const { url, key, lookup } = this.place;
    const socket = new WebSocket(url, {
      headers: key === null ? {} : { Authorization: `Bearer ${key}` },
      ...(lookup ? { lookup } : {}),
      perMessageDeflate: false,
      maxPayload: MESSAGE_MAX_BYTES,
      followRedirects: false,
    });
    this.socket = socket;
    this.deadline = setTimeout(
      () => this.fail(`did not begin the session within ${Math.ceil(withinMs / 1000)} s`),
      withinMs,
    );
    socket.on('open', () => {
      this.watch(socket);
      this.send(hello);
    });
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      const isPassing = status >= 500 || status === 408 || status === 429;
      this.fail(`refused the connection: HTTP ${status}`, !isPassing);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const what = this.heartbeat === null ? 'cannot be reached' : 'broke the connection';
      this.fail(`${what}: ${error.code ?? 'the connection failed'}`);
    });
    socket.on('close', (code, reason) => this.closed(code, reason.toString()));
    socket.on('message', (data) => this.hear((data as Buffer).toString()));
  }

  send(message: object | string): void {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > UNSENT_MAX_BYTES) this.fail('does not read what it is sent');
    else socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  close(): void {
    const socket = this.release();
    if (!socket) return;
    if (socket.readyState === WebSocket.CONNECTING) {
      socket.terminate();
      return;
    }
    socket.close(1000);
    const cut = setTimeout(() => socket.terminate(), CLOSE_MS);
    socket.once('close', () => clearTimeout(cut));
  }

  private hear(message: string): void {
    if (!this.socket) return;
    this.heardAt = performance.now();
    const event = readServerEvent(message);
    if (event.kind === 'error' && this.isTheEnd(event.code)) {
      const isFinal = isFinalCode(event.code) || !isPassingCode(event.code);
      this.fail(`${this.ready ? 'ended' : 'refused'} the session: ${event.code}`, isFinal);
      return;
    }
    if (event.kind === 'ready' && !this.ready) {
      // Any other format would be loud noise for the caller.
      if (event.outputFormat !== null && event.outputFormat !== 'audio/pcmu') {
        this.fail('does not speak μ-law', true);
        return;
      }
      this.ready = true;
      if (this.deadline) clearTimeout(this.deadline);
    }
    this.listener.onEvent(event);
  }

  /** Whether the session sends nothing more after this error, whether or not it is closed. */
  private isTheEnd(code: string): boolean {
    return !this.ready || isFinalCode(code) || code.startsWith('session_expired');
  }

  private closed(code: number, reason: string): void {
    // OpenAI gives its error code as the reason, as in 3000 "invalid_request_error.invalid_api_key".
    const why = /^[\w.]{1,64}$/.test(reason) ? `${code}, ${reason}` : String(code);
    this.fail(`closed the session: ${why}`, isFinalCode(reason.split('.').at(-1) ?? ''));
  }

  private watch(socket: WebSocket): void {
    this.heardAt = performance.now();
    socket.on('pong', () => {
      this.heardAt = performance.now();
    });
    this.heartbeat = setInterval(() => {
      if (performance.now() - this.heardAt > QUIET_MAX_MS) this.fail('is silent, also to pings');
      else socket.ping();
    }, PING_EVERY_MS);
  }

  private fail(what: string, isFinal = false): void {
    const socket = this.release();
    if (!socket) return;
    socket.terminate();
    const { key } = this.place;
    const said = `the Realtime API ${what}`;
    const reason = key === null ? said : said.replaceAll(key, '[key]');
    this.listener.onFailure({ reason: new Error(reason), isFinal });
  }

  /** Closes the line. From here on no event is reported any more. */
  private release(): WebSocket | null {
    if (this.deadline) clearTimeout(this.deadline);
    if (this.heartbeat) clearInterval(this.heartbeat);
    const { socket } = this;
    this.socket = null;
    return socket;
  }
}
