import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Face } from './faces.js';

export interface StreamOptions {
  face: Face;
  callId: string;
  accountId: string;
  /** As it was asked for: `audio/x-mulaw;rate=8000`. */
  contentType: string;
  extraHeaders: string;
  /** How `start` brings back the parameters: Plivo's pages, one of its clients, or neither. */
  extraHeadersAs: 'semicolons' | 'json' | 'braces';
  /** Whether checkpoints that a `clearAudio` cut off come back; that they do is promised nowhere. */
  returnsCleared: boolean;
  /** Whether the end of a stream is told before the connection is closed. */
  saysStop: boolean;
  violation(text: string): void;
}

const FRAME_MS = 20;

/** One media stream, from the carrier's side. It plays what it is sent in real time, and hears all. */
export class ExchangeStream {
  readonly id = randomUUID();
  /** Frames as they came, decoded from base64. */
  readonly heard: Buffer[] = [];
  /** The events that came, but for audio. */
  readonly words: string[] = [];
  closedWith: number | null = null;
  private sequence = 0;
  private sent = 0;
  private playsUntil = 0;
  private readonly waiting = new Map<NodeJS.Timeout, string>();

  readonly closed: Promise<void>;

  private constructor(
    private readonly socket: WebSocket,
    private readonly options: StreamOptions,
  ) {
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.closedWith = code;
        for (const timer of this.waiting.keys()) clearTimeout(timer);
        resolve();
      });
    });
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) options.violation('a binary message');
      else this.hear(data.toString());
    });
  }

  /** Resolves with the status of a refusal, or with the stream. */
  static open(
    url: string,
    headers: Record<string, string>,
    options: StreamOptions,
  ): Promise<ExchangeStream | number> {
    const socket = new WebSocket(url, { headers });
    const stream = new ExchangeStream(socket, options);
    return new Promise((resolve) => {
      socket.once('open', () => {
        stream.start();
        resolve(stream);
      });
      socket.once('unexpected-response', (request, { statusCode }) => {
        request.destroy();
        resolve(statusCode ?? 0);
      });
      socket.once('error', () => resolve(0));
    });
  }

  /** One frame of 20 ms in the stream's format. */
  say(frame: Buffer): void {
    this.sent += 1;
    this.tell({
      event: 'media',
      media: {
        track: 'inbound',
        timestamp: String(this.sent * FRAME_MS),
        chunk: this.sent,
        payload: frame.toString('base64'),
      },
    });
  }

  press(digit: string): void {
    this.tell({ event: 'dtmf', dtmf: { track: 'inbound', digit, timestamp: '100' } });
  }

  /** Anything, as text. */
  sendRaw(text: string): void {
    this.socket.send(text);
  }

  end(): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.options.saysStop) this.tell({ event: 'stop' });
    this.socket.close(1000);
  }

  /** The connection is gone, without a word. */
  cut(): void {
    this.socket.terminate();
  }

  private start(): void {
    const { callId, accountId, contentType, extraHeaders, extraHeadersAs } = this.options;
    const [encoding, rate] = contentType.split(';rate=');
    const pairs = extraHeaders === '' ? [] : extraHeaders.split(',').map((pair) => pair.split('='));
    const extra = {
      semicolons: pairs.map(([name, value]) => `${name}=${value}`).join(';'),
      json: JSON.stringify(Object.fromEntries(pairs)),
      braces: `{${pairs.map(([name, value]) => `X-PH-${name}: ${value}`).join(', ')}}`,
    }[extraHeadersAs];
    this.tell({
      event: 'start',
      start: {
        callId,
        streamId: this.id,
        accountId,
        tracks: ['inbound'],
        mediaFormat: { encoding, sampleRate: Number(rate) },
      },
      extra_headers: extra,
    });
  }

  private tell(message: object): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(
      JSON.stringify({ sequenceNumber: this.sequence, streamId: this.id, ...message }),
    );
    this.sequence += 1;
  }

  private hear(text: string): void {
    const message = JSON.parse(text) as Record<string, unknown>;
    const word = String(message['event']);
    if (!this.options.face.streamWords.has(word)) {
      this.options.violation(`the stream was told "${word}"`);
      return;
    }
    if (word !== 'playAudio') this.words.push(word);
    if (word !== 'playAudio' && word !== 'sendDTMF' && message['streamId'] !== this.id) {
      this.options.violation(`${word} without the stream's id`);
    }
    if (word === 'playAudio') this.play(message['media']);
    else if (word === 'checkpoint') this.checkpoint(String(message['name']));
    else if (word === 'clearAudio') this.clear();
  }

  private play(media: unknown): void {
    const { contentType, sampleRate, payload } = Object(media) as Record<string, unknown>;
    if (`${String(contentType)};rate=${String(sampleRate)}` !== this.options.contentType) {
      this.options.violation('audio of another format than that of the stream');
    }
    const audio = Buffer.from(String(payload), 'base64');
    const bytesPerMs = (Number(sampleRate) / 1_000) * (contentType === 'audio/x-mulaw' ? 1 : 2);
    if (audio.length === 0 || audio.length > FRAME_MS * bytesPerMs) {
      this.options.violation(`a frame of ${audio.length} bytes`);
    }
    this.heard.push(audio);
    this.playsUntil = Math.max(this.playsUntil, performance.now()) + audio.length / bytesPerMs;
  }

  private checkpoint(name: string): void {
    const timer = setTimeout(
      () => {
        this.waiting.delete(timer);
        this.tell({ event: 'playedStream', name });
      },
      Math.max(0, this.playsUntil - performance.now()),
    );
    this.waiting.set(timer, name);
  }

  private clear(): void {
    for (const [timer, name] of this.waiting) {
      clearTimeout(timer);
      if (this.options.returnsCleared) this.tell({ event: 'playedStream', name });
    }
    this.waiting.clear();
    this.playsUntil = 0;
    this.tell({ event: 'clearedAudio' });
  }
}
