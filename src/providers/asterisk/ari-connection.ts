import { WebSocket } from 'ws';
import { maskPartiesIn } from '../../shared/party.js';
import { jsonObjectIn } from '../../shared/json-object.js';
import type { Closable } from '../ingress.js';
import { readEvent, textIn, type AriEvent } from './ari-messages.js';
import type { AsteriskAccount } from './asterisk.settings.js';
import { basic } from '../basic.js';

export interface AriReply {
  status: number;
  body: unknown;
}

/** `nobody`: there was no connection. `lost`: the request may have arrived. */
export type AriAnswer = AriReply | 'nobody' | 'lost';

export interface AriListener {
  connected(): void;
  /** @param why for the log; names no credentials */
  lost(why: string): void;
  /** In the order in which Asterisk sends them. */
  event(event: AriEvent): void;
}

export interface AriTiming {
  /** The first pause before another connection; it doubles with each that fails. */
  againMs: number;
  againMaxMs: number;
  /** The pause after another program has taken our application's events. */
  replacedMs: number;
  /** How long a request may take. */
  requestMs: number;
  /** How often Asterisk has to give a sign of life. */
  pingEveryMs: number;
}

const TIMING: AriTiming = {
  againMs: 250,
  againMaxMs: 5_000,
  replacedMs: 30_000,
  requestMs: 10_000,
  pingEveryMs: 10_000,
};

type Query = Readonly<Record<string, string | number>>;

/**
 * The socket to Asterisk's ARI that carries everything: events to us, requests to Asterisk and their
 * replies (ARI's "REST over WebSocket"). It is opened by us and again after every loss. Nothing
 * throws.
 */
export class AriConnection {
  private socket: WebSocket | null = null;
  private readonly waiting = new Map<string, (answer: AriAnswer) => void>();
  private requests = 0;
  private readonly timing: AriTiming;

  constructor(
    private readonly account: Pick<AsteriskAccount, 'ariUrl' | 'username' | 'password' | 'app'>,
    timing: Partial<AriTiming> = {},
  ) {
    this.timing = { ...TIMING, ...timing };
  }

  get app(): string {
    return this.account.app;
  }

  open(listener: AriListener): Closable {
    let current: WebSocket;
    let timer: NodeJS.Timeout | undefined;
    let pauseMs = this.timing.againMs;
    let isClosed = false;
    const connect = (): void => {
      let why = 'it was closed';
      current = this.connect();
      const pulse = this.watch(current, () => (why = 'Asterisk does not answer any more'));
      current.on('open', () => {
        if (isClosed) return;
        this.socket = current;
        listener.connected();
      });
      current.on('message', (data: Buffer) => {
        const event = this.read(data.toString());
        if (!event || isClosed) return;
        pauseMs = this.timing.againMs;
        if (event.type === 'ApplicationReplaced') {
          why = 'another program uses the same application';
          pauseMs = this.timing.replacedMs;
          current.terminate();
          return;
        }
        listener.event(event);
      });
      current.on('error', (error) => (why = reasonOf(error)));
      current.on('close', () => {
        pulse.stop();
        this.leave();
        if (isClosed) return;
        listener.lost(why);
        timer = setTimeout(connect, pauseMs);
        pauseMs = Math.max(pauseMs, Math.min(pauseMs * 2, this.timing.againMaxMs));
      });
    };
    connect();
    return {
      close: async () => {
        isClosed = true;
        clearTimeout(timer);
        current.terminate();
        this.leave();
      },
    };
  }

  /**
   * @param uri without a leading slash, such as `channels/1`
   * @param body sent as JSON; null: none
   */
  ask(
    method: string,
    uri: string,
    query: Query = {},
    body: object | null = null,
  ): Promise<AriAnswer> {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve('nobody');
    this.requests += 1;
    const id = String(this.requests);
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer('lost'), this.timing.requestMs);
      const answer = (reply: AriAnswer): void => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(reply);
      };
      this.waiting.set(id, answer);
      const request = {
        type: 'RESTRequest',
        request_id: id,
        transaction_id: id,
        method,
        uri,
        query_strings: Object.entries(query).map(([name, value]) => ({
          name,
          value: String(value),
        })),
        ...(body === null
          ? {}
          : { content_type: 'application/json', message_body: JSON.stringify(body) }),
      };
      socket.send(JSON.stringify(request));
    });
  }

  private connect(): WebSocket {
    const { ariUrl, username, password, app } = this.account;
    const url = `${ariUrl.replace(/^http/i, 'ws')}/events?app=${encodeURIComponent(app)}`;
    return new WebSocket(url, {
      headers: { Authorization: basic(username, password) },
      handshakeTimeout: this.timing.requestMs,
      perMessageDeflate: false,
    });
  }

  /** Null for a reply, which goes to whoever waits for it, and for what cannot be read. */
  private read(text: string): AriEvent | null {
    const event = readEvent(text);
    if (event?.type !== 'RESTResponse') return event;
    const { request_id: id, status_code: status, message_body: body } = event.fields;
    this.waiting.get(textIn(id))?.({ status: Number(status), body: jsonIn(textIn(body)) });
    return null;
  }

  /** Ends a connection whose other side is gone without a word. */
  private watch(socket: WebSocket, onSilence: () => void): { stop(): void } {
    let isAlive = true;
    const hear = (): void => void (isAlive = true);
    socket.on('pong', hear);
    socket.on('message', hear);
    const timer = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (!isAlive) {
        onSilence();
        socket.terminate();
        return;
      }
      isAlive = false;
      socket.ping();
    }, this.timing.pingEveryMs);
    return { stop: () => clearInterval(timer) };
  }

  private leave(): void {
    this.socket = null;
    for (const answer of this.waiting.values()) answer('lost');
  }
}

/** What Asterisk says is wrong with a request, or what became of the request. */
export function problemOf(answer: AriAnswer): string {
  if (answer === 'nobody') return 'there is no connection to Asterisk';
  if (answer === 'lost') return 'Asterisk did not reply';
  return wordsOf(answer) ?? `HTTP ${answer.status}`;
}

/** Asterisk's own words of a refusal; null where the reply has none. */
export function wordsOf({ body }: AriReply): string | null {
  const { message, error } = Object(body) as { message?: unknown; error?: unknown };
  return maskPartiesIn(textIn(message) || textIn(error)) || null;
}

/** Null for no body, and for one that is no JSON. */
function jsonIn(text: string): unknown {
  return jsonObjectIn(`{"body":${text}}`)?.['body'] ?? null;
}

/** `ws` says "Unexpected server response: 401"; a code says the rest. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (/\b40[13]\b/.test(error.message)) return 'Asterisk refuses the user name or the password';
  return error.code ?? error.message;
}
