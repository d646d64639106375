import { randomBytes } from 'node:crypto';
import { WebSocket, type ClientOptions } from 'ws';
import type { AgentCall, AgentSession } from '../agent.js';
import { readBotMessage } from './bot-messages.js';
import { BotWarnings } from './bot-warnings.js';
import { twilioIds, TwilioMessages } from './twilio-messages.js';

/** How to reach the bot; made again for each attempt. */
export interface BotLine {
  url: string;
  options: ClientOptions;
  parameters: Readonly<Record<string, string>>;
}

/** How long the caller may be without a bot, from the loss to the new `start`. */
const SILENCE_MAX_MS = 10_000;
/** The limit at the beginning. It is shorter than the gateway's, because the gateway does not know the reason. */
const BEGIN_MAX_MS = 9_000;
/** A bot that is lost sooner than this after it came back, or shows no sign of life after this time, does not count as back. */
const STEADY_MS = 10_000;
/** The limit of one attempt: look-up, connection and handshake. */
const CONNECT_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const PAUSE_MAX_MS = 2_000;
/** What may wait to be heard: ten minutes. More is dropped, as on Twilio. */
const WAITING_MAX_MS = 10 * 60_000;
const BYTES_PER_MS = 8;
/** One message may hold all of that, as base64, and something around it. */
const MESSAGE_MAX_BYTES = 8 * 1024 * 1024;
const PING_EVERY_MS = 15_000;
const QUIET_MAX_MS = 30_000;
const CLOSE_MS = 2_000;
/** Service restart (RFC 6455, registry of close codes): the call goes on from another process. */
const MOVED = 1012;
/**
 * How much a bot may send within ten seconds: six times as much as can wait to be
 * heard, in pieces of 20 ms. Reading more would take time from other calls.
 */
const FLOOD_WINDOW_MS = 10_000;
const FLOOD_MESSAGES = 180_000;
const FLOOD_BYTES = 64 * 1024 * 1024;
/** The number of unsent frames at which the bot gets no more audio, and at which it gets audio again, as in Asterisk. */
const FRAME_BYTES = 330;
const STOP_AT_BYTES = 900 * FRAME_BYTES;
const GO_AT_BYTES = 800 * FRAME_BYTES;

/** What another process goes on from. */
interface RelayState {
  generation: number;
  reconnects: number;
}

/**
 * Hands a call to a bot that speaks Twilio's Media Streams protocol.
 *
 * - A bot that closes its socket in order has finished: the call is hung up, as
 *   on Twilio when nothing follows the stream.
 * - When the connection to a bot is lost, new attempts are made for ten seconds. The bot gets
 *   a new stream of the same call, which begins as on Twilio, with no audio waiting to be
 *   heard. What the caller says meanwhile is not kept. A bot that is lost repeatedly right
 *   after it came back has the same ten seconds for all of it.
 * - A call that is moved to another process gets a new socket to the same bot from there: the same
 *   `callSid`, a new stream, and the parameter `patchbay_resumed`. The socket from here is closed
 *   with 1012 and without `stop`, which ends some bots. What the bot has said and the caller has not
 *   heard is spoken by the platform; what it says between the snapshot and the close is lost.
 * - What Twilio would warn of is told in the call's timeline, each kind once. More than ten minutes
 *   of audio ahead are dropped. A bot that sends more than could ever be heard, or a message
 *   of more than 8 MiB, has failed.
 * - For a bot that does not read, new frames are dropped from 900 unsent ones on,
 *   until 800 are left.
 */
export class RelaySession implements AgentSession {
  private socket: WebSocket | null = null;
  private messages: TwilioMessages | null = null;
  /** Of the streams that the bot has had of this call, in other processes too. */
  private generation: number;
  /** How often it was lost. */
  private reconnects: number;
  private isFirst = true;
  private connectedAt = 0;
  private lostAt: number | null = null;
  private pauseMs = FIRST_PAUSE_MS;
  private retry: NodeJS.Timeout | null = null;
  private heartbeat: NodeJS.Timeout | null = null;
  private heardAt = 0;
  private holding = false;
  private readonly received = { since: 0, messages: 0, bytes: 0 };
  private readonly warnings: BotWarnings;
  /** Its last message was too long for us. */
  private isTooLong = false;
  private over = false;

  constructor(
    private readonly call: AgentCall,
    private readonly line: BotLine,
  ) {
    const state = (call.resumed?.state ?? null) as RelayState | null;
    this.warnings = new BotWarnings(call);
    this.generation = state?.generation ?? 0;
    this.reconnects = state?.reconnects ?? 0;
  }

  /**
   * Resolves once the bot has been reached and told about the call.
   * @throws Error if it was not reached within nine seconds
   */
  async begin(): Promise<void> {
    const giveUpAt = performance.now() + BEGIN_MAX_MS;
    while (!this.call.signal.aborted) {
      const reason = await this.connect(giveUpAt);
      if (reason === null || this.call.signal.aborted) return;
      if (performance.now() + this.pauseMs >= giveUpAt) {
        throw new Error(`the bot cannot be reached: ${reason}`);
      }
      await new Promise((next) => setTimeout(next, this.pauseMs));
      this.pauseMs = Math.min(2 * this.pauseMs, PAUSE_MAX_MS);
    }
  }

  onAudio(audio: Buffer, timestampMs: number): void {
    const { socket, messages } = this;
    if (!socket || !messages) return;
    const unsent = socket.bufferedAmount;
    this.holding = unsent > (this.holding ? GO_AT_BYTES : STOP_AT_BYTES);
    if (!this.holding) socket.send(messages.media(audio, timestampMs));
  }

  onDtmf(digit: string): void {
    this.tell((messages) => messages.dtmf(digit));
  }

  snapshot(): RelayState {
    const { generation, reconnects } = this;
    return { generation, reconnects };
  }

  /** Returns the mark whether it was played or cleared, as Twilio does. */
  onMark(name: string): void {
    // Of a call that was moved nothing was cleared.
    if (this.isMoved()) return;
    const [generation, ...rest] = name.split(':');
    if (Number(generation) !== this.generation) return;
    this.tell((messages) => messages.mark(rest.join(':')));
  }

  onEnd(): void {
    this.over = true;
    if (!this.isMoved()) this.tell((messages) => messages.stop());
    this.drop(this.isMoved() ? MOVED : 1000);
    if (this.retry) clearTimeout(this.retry);
  }

  private isMoved(): boolean {
    return this.call.signal.reason === 'moved';
  }

  private tell(message: (messages: TwilioMessages) => string): void {
    const { socket, messages } = this;
    if (socket && messages) socket.send(message(messages));
  }

  /** Makes one attempt. Null if the bot is there, otherwise the reason why not. */
  private async connect(giveUpAt: number): Promise<string | null> {
    const { url, options, parameters } = this.line;
    const socket = new WebSocket(url, {
      ...options,
      perMessageDeflate: false,
      maxPayload: MESSAGE_MAX_BYTES,
      followRedirects: false,
    });
    const abort = (): void => socket.terminate();
    this.call.signal.addEventListener('abort', abort, { once: true });
    let late: NodeJS.Timeout | undefined;
    const failure = await new Promise<string | null>((resolve) => {
      socket.once('open', () => resolve(null));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        this.isTooLong ||= error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
        resolve(error.code ?? error.message.slice(0, 100));
      });
      // The library's own limit is for each packet, so a bot could continue without end.
      late = setTimeout(
        () => {
          resolve('ETIMEDOUT');
          socket.terminate();
        },
        Math.min(CONNECT_MS, giveUpAt - performance.now()),
      );
    });
    clearTimeout(late);
    this.call.signal.removeEventListener('abort', abort);
    if (failure !== null) return failure;
    if (this.over || this.call.signal.aborted) {
      socket.terminate();
      return null;
    }
    this.generation += 1;
    this.warnings.renew();
    this.socket = socket;
    this.messages = new TwilioMessages(
      `MZ${randomBytes(16).toString('hex')}`,
      twilioIds(this.call.facts),
    );
    // Drops the rest of what the bot said before the loss, because the new stream does not know about it.
    if (!this.isFirst) this.call.interrupt();
    this.isFirst = false;
    this.listen(socket, this.messages.streamSid);
    socket.send(this.messages.connected());
    socket.send(this.messages.start(parameters));
    this.call.checkpoint();
    return null;
  }

  private listen(socket: WebSocket, streamSid: string): void {
    const alive = (): void => {
      this.heardAt = performance.now();
    };
    alive();
    this.connectedAt = this.heardAt;
    socket.on('pong', alive);
    socket.on('ping', alive);
    socket.on('message', (data, isBinary) => {
      alive();
      if (this.over) return;
      if (this.floods((data as Buffer).length)) {
        this.over = true;
        this.call.fail(new Error('the bot sends more than can be heard'));
      } else if (isBinary) {
        this.warnings.note(31950, 'it is a binary message');
      } else {
        this.attempt(() => this.hear((data as Buffer).toString(), streamSid));
      }
    });
    socket.on('close', (code) => this.closed(socket, code));
    this.heartbeat = setInterval(() => {
      if (performance.now() - this.heardAt > QUIET_MAX_MS) socket.terminate();
      else socket.ping();
    }, PING_EVERY_MS);
  }

  private floods(bytes: number): boolean {
    const { received, heardAt } = this;
    if (heardAt - received.since > FLOOD_WINDOW_MS) {
      Object.assign(received, { since: heardAt, messages: 0, bytes: 0 });
    }
    received.messages += 1;
    received.bytes += bytes;
    return received.messages > FLOOD_MESSAGES || received.bytes > FLOOD_BYTES;
  }

  private hear(text: string, streamSid: string): void {
    const message = readBotMessage(text, streamSid);
    if (message.fault !== null) this.warnings.note(31951, message.fault);
    switch (message.kind) {
      case 'media':
        this.say(message.audio);
        return;
      case 'mark':
        this.call.mark(`${this.generation}:${message.name}`);
        return;
      case 'clear':
        this.call.interrupt();
        return;
      case 'transcript':
        this.call.transcript(message.line);
        return;
      case 'ignored':
        return;
      default:
        message satisfies never;
    }
  }

  private say(audio: Buffer): void {
    const room = Math.floor((WAITING_MAX_MS - this.call.waitingMs) * BYTES_PER_MS);
    if (audio.length > room) {
      this.warnings.note(31931, 'more than ten minutes of audio wait to be heard');
    }
    if (room > 0) this.call.sendAudio(audio.subarray(0, room));
  }

  private closed(socket: WebSocket, code: number): void {
    if (this.socket !== socket) return;
    this.forget();
    if (this.over) return;
    if (this.isTooLong) {
      this.over = true;
      this.call.fail(new Error('the bot sent a message of more than 8 MiB'));
      return;
    }
    // 1005: the socket was closed in order, without a code.
    if (code === 1000 || code === 1005) {
      this.over = true;
      this.call.hangUp();
      return;
    }
    if (this.lostAt === null || this.heardAt - this.connectedAt >= STEADY_MS) {
      this.lostAt = performance.now();
      this.pauseMs = FIRST_PAUSE_MS;
    }
    this.reconnects += 1;
    this.attempt(() => this.call.setFacts({ relay_reconnects: this.reconnects }));
    this.again(`closed with ${code}`);
  }

  private again(reason: string): void {
    if (this.over || this.lostAt === null) return;
    const giveUpAt = this.lostAt + SILENCE_MAX_MS;
    if (performance.now() + this.pauseMs >= giveUpAt) {
      this.over = true;
      this.call.fail(new Error(`the bot is lost: ${reason}`));
      return;
    }
    this.retry = setTimeout(() => {
      this.pauseMs = Math.min(2 * this.pauseMs, PAUSE_MAX_MS);
      void this.connect(giveUpAt).then((failure) => {
        if (failure !== null) this.again(failure);
      });
    }, this.pauseMs);
  }

  /** A bot may send messages of any shape. They can at most end this call. */
  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.call.fail(error instanceof Error ? error : new Error('the bot broke the protocol'));
    }
  }

  private drop(code: number): void {
    const { socket } = this;
    this.forget();
    if (!socket) return;
    socket.close(code);
    const cut = setTimeout(() => socket.terminate(), CLOSE_MS);
    socket.once('close', () => clearTimeout(cut));
  }

  private forget(): void {
    this.socket = null;
    this.messages = null;
    if (this.heartbeat) clearInterval(this.heartbeat);
    this.heartbeat = null;
  }
}
