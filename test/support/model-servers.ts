import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readWav } from '../../src/audio/wav.js';
import { TranscriptionSessions } from './transcription-sessions.js';

export interface AskedMessage {
  role: string;
  content: string | null;
  tool_calls?: Array<{ id: string; function: { name: string; arguments: string } }>;
  tool_call_id?: string;
}

/** What the chat model answers: text, or the tools that it uses. */
export type Answer = string | { text?: string; tools: Array<[name: string, args: object]> };

/** How long the servers take, in milliseconds, and how they cut what they send. */
export interface Manners {
  beforeMs: number;
  betweenMs: number;
  /** Bytes of a piece of a stream; 0: as it comes. */
  pieceBytes: number;
}

const RATE = 24_000;
/** As slow a speaker as can be: what a character lasts. */
export const MS_PER_CHARACTER = 60;
const CHAT_FIELDS = new Set(['model', 'messages', 'stream', 'temperature', 'max_tokens', 'tools']);
const SPEECH_FIELDS = new Set(['model', 'voice', 'input', 'response_format', 'speed']);
/** Of Kokoro-FastAPI's `CaptionedSpeechRequest`, without those that are never sent. */
const CAPTIONED_FIELDS = new Set([...SPEECH_FIELDS, 'stream', 'return_timestamps']);
const FORM_FIELDS = new Set(['model', 'response_format', 'language', 'file']);
/** What each word lasts where times of words are told, however long it is, unless {@link ModelServers.wordMs} says otherwise. */
export const MS_PER_WORD = 400;
const KEY = 'Bearer local-key';

/** A refusal, in OpenAI's form. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The three servers of an agent `pipeline`, with OpenAI's API as its types publish it, and as strict: an unknown field, a
 * wrong type, another content type or no key is refused.
 */
export class ModelServers {
  wordMs = MS_PER_WORD;
  manners: Manners = { beforeMs: 0, betweenMs: 0, pieceBytes: 0 };
  /** What the caller is understood to have said, turn by turn; then nothing. */
  heard: string[] = [];
  /** What the model answers, one after another; then nothing. */
  answers: Answer[] = [];
  /** In place of the next replies, by path: a status, or `cut` for one that breaks off. */
  faults: Array<{ path: string; status: number | 'cut' }> = [];
  readonly uploads: Array<{ seconds: number; language: string | null }> = [];
  readonly chats: AskedMessage[][] = [];
  readonly spoken: string[] = [];
  /** What was refused, which is a mistake of the agent's. */
  readonly mistakes: string[] = [];
  /** Answers that were not asked to their end. */
  abandoned = 0;
  /** Requests that are not answered to their end. */
  busy = 0;
  /** Transcription by socket. */
  readonly sessions: TranscriptionSessions;
  private uses = 0;

  private constructor(private readonly server: Server) {
    this.sessions = new TranscriptionSessions(server, {
      authorization: KEY,
      model: 'transcription-model',
      heard: () => this.heard.shift() ?? '',
      beforeMs: () => this.manners.beforeMs,
      mistakes: this.mistakes,
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.busy += 1;
      response.on('close', () => {
        this.busy -= 1;
        if (!response.writableFinished) this.abandoned += 1;
      });
      this.serve(request, response).catch((error: unknown) => {
        const refusal = error instanceof Refusal ? error : new Refusal(500, String(error));
        this.mistakes.push(refusal.message);
        if (!response.headersSent) {
          response.writeHead(refusal.status, { 'content-type': 'application/json' });
        }
        response.end(JSON.stringify({ error: { message: refusal.message } }));
      });
    });
  }

  static async start(): Promise<ModelServers> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ModelServers(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** The options of an agent that uses them. */
  get options(): Record<string, unknown> {
    const all = ['chat', 'transcription', 'speech'].flatMap((name) => [
      [`${name}_url`, this.url],
      [`${name}_model`, `${name}-model`],
      [`${name}_api_key`, 'local-key'],
    ]);
    return { instructions: 'Be brief.', voice: 'anna', ...Object.fromEntries(all) };
  }

  async stop(): Promise<void> {
    this.sessions.stop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** 24 kHz, 16 bits: of each text another noise, always the same. */
  static audioOf(text: string, ms = text.length * MS_PER_CHARACTER): Buffer {
    const samples = (ms * RATE) / 1_000;
    const audio = Buffer.alloc(2 * samples);
    let seed = createHash('sha256').update(text).digest().readUInt32LE(0);
    let value = 0;
    for (let at = 0; at < samples; at += 1) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      // Low enough for a telephone.
      value += ((seed / 2 ** 32 - 0.5) * 16_000 - value) / 8;
      audio.writeInt16LE(Math.round(value), 2 * at);
    }
    return audio;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const path = request.url ?? '';
    if (request.method === 'GET' && path === '/v1/models') {
      const isKnown = request.headers.authorization === KEY;
      response.writeHead(isKnown ? 200 : 401).end('{}');
      return;
    }
    if (request.method !== 'POST') throw new Refusal(405, `${request.method} is not POST`);
    if (request.headers.authorization !== KEY) throw new Refusal(401, 'the key is wrong');
    await sleep(this.manners.beforeMs);
    const fault = this.faults.findIndex((one) => path.endsWith(one.path));
    if (fault >= 0) {
      const [{ status } = { status: 500 }] = this.faults.splice(fault, 1);
      if (status === 'cut') response.writeHead(200).write('data: {');
      else response.writeHead(status, { 'content-type': 'application/json' });
      if (status === 'cut') response.destroy();
      else response.end(JSON.stringify({ error: { message: 'made up' } }));
      return;
    }
    switch (path) {
      case '/v1/chat/completions':
        return this.chat(jsonOf(request, body, CHAT_FIELDS), response);
      case '/v1/audio/speech':
        return this.speak(jsonOf(request, body, SPEECH_FIELDS), response);
      case '/dev/captioned_speech':
        return this.speakCaptioned(jsonOf(request, body, CAPTIONED_FIELDS), response);
      case '/v1/audio/transcriptions':
        return this.transcribe(request, body, response);
      default:
        throw new Refusal(404, `${path} is not there`);
    }
  }

  private async chat(body: Record<string, unknown>, response: ServerResponse): Promise<void> {
    const { model, messages, stream } = body;
    if (model !== 'chat-model' || stream !== true)
      throw new Refusal(400, 'model or stream is wrong');
    checkMessages(messages);
    this.chats.push(messages as AskedMessage[]);
    const answer = this.answers.shift() ?? '';
    const { text = '', tools = [] } = typeof answer === 'string' ? { text: answer } : answer;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const words = text.match(/\S+\s*/g) ?? [];
    const chunks: object[] = [
      { role: 'assistant', content: '' },
      ...words.map((content) => ({ content })),
      ...tools.flatMap(([name, args], index) => {
        const id = `call_${(this.uses += 1)}`;
        const told = JSON.stringify(args);
        return [
          { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] },
          { tool_calls: [{ index, function: { arguments: told.slice(0, 3) } }] },
          { tool_calls: [{ index, function: { arguments: told.slice(3) } }] },
        ];
      }),
    ];
    for (const delta of chunks) {
      await sleep(this.manners.betweenMs);
      const chunk = { object: 'chat.completion.chunk', choices: [{ index: 0, delta }] };
      if (!(await this.send(response, Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)))) return;
    }
    const reason = tools.length > 0 ? 'tool_calls' : 'stop';
    const last = { choices: [{ index: 0, delta: {}, finish_reason: reason }] };
    response.end(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`);
  }

  private async speak(body: Record<string, unknown>, response: ServerResponse): Promise<void> {
    const input = this.toSay(body);
    response.writeHead(200, { 'content-type': 'audio/pcm' });
    const audio = ModelServers.audioOf(input);
    // A fifth of a second at a time.
    for (let at = 0; at < audio.length; at += 9_600) {
      await sleep(this.manners.betweenMs);
      if (!(await this.send(response, audio.subarray(at, at + 9_600)))) return;
    }
    response.end();
  }

  /** Word by word, as Kokoro-FastAPI streams. */
  private async speakCaptioned(
    body: Record<string, unknown>,
    response: ServerResponse,
  ): Promise<void> {
    const input = this.toSay(body);
    if (body['stream'] !== true || body['return_timestamps'] !== true) {
      throw new Refusal(400, 'stream or return_timestamps is wrong');
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const [at, word] of (input.match(/[\p{L}\p{N}']+/gu) ?? []).entries()) {
      await sleep(this.manners.betweenMs);
      const [start, end] = [at, at + 1].map((words) => (words * this.wordMs) / 1_000);
      const piece = {
        audio: ModelServers.audioOf(word, this.wordMs).toString('base64'),
        audio_format: 'audio/pcm',
        timestamps: [{ word, start_time: start, end_time: end }],
      };
      if (!(await this.send(response, Buffer.from(`${JSON.stringify(piece)}\n`)))) return;
    }
    response.end();
  }

  private toSay({ model, voice, input, response_format: format }: Record<string, unknown>): string {
    if (model !== 'speech-model' || voice !== 'anna' || format !== 'pcm') {
      throw new Refusal(400, 'model, voice or response_format is wrong');
    }
    if (typeof input !== 'string' || input === '' || input.length > 4_096) {
      throw new Refusal(400, 'input is no text of 1 to 4,096 characters');
    }
    this.spoken.push(input);
    return input;
  }

  private transcribe(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const fields = formIn(request, body);
    for (const name of fields.keys()) {
      if (!FORM_FIELDS.has(name)) throw new Refusal(400, `unknown field ${name}`);
    }
    if (fields.get('model')?.toString() !== 'transcription-model') {
      throw new Refusal(400, 'model is wrong');
    }
    if (fields.get('response_format')?.toString() !== 'json') {
      throw new Refusal(400, 'response_format is wrong');
    }
    const wav = readWav(fields.get('file') ?? Buffer.alloc(0));
    if ('problem' in wav) throw new Refusal(400, `file: ${wav.problem}`);
    const language = fields.get('language')?.toString() ?? null;
    this.uploads.push({ seconds: wav.samples.length / wav.sampleRate, language });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ text: this.heard.shift() ?? '' }));
  }

  /** False: nobody reads any more. */
  private async send(response: ServerResponse, data: Buffer): Promise<boolean> {
    const size = this.manners.pieceBytes || data.length;
    for (let at = 0; at < data.length; at += size) {
      if (response.destroyed) return false;
      response.write(data.subarray(at, at + size));
      // Each piece is a chunk of its own.
      if (size < data.length) await new Promise(setImmediate);
    }
    return !response.destroyed;
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

function jsonOf(
  { headers }: IncomingMessage,
  body: Buffer,
  known: ReadonlySet<string>,
): Record<string, unknown> {
  if (headers['content-type'] !== 'application/json') throw new Refusal(415, 'it is no JSON');
  const told = JSON.parse(body.toString()) as Record<string, unknown>;
  for (const name of Object.keys(told)) {
    if (!known.has(name)) throw new Refusal(400, `unknown field ${name}`);
  }
  return told;
}

/** As the API does: each use of a tool is answered, right after it, and only uses are. */
function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages) || messages.length === 0) throw new Refusal(400, 'no messages');
  let open: string[] = [];
  for (const { role, content, tool_calls: uses, tool_call_id: id } of messages as AskedMessage[]) {
    if (!['system', 'user', 'assistant', 'tool'].includes(role)) throw new Refusal(400, 'role');
    if (role === 'tool') {
      if (!open.includes(id ?? '')) throw new Refusal(400, 'a tool message answers nothing');
      open = open.filter((one) => one !== id);
      continue;
    }
    if (open.length > 0) throw new Refusal(400, `tool calls without answer: ${open.join()}`);
    if (typeof content !== 'string' && !uses) throw new Refusal(400, `${role} without content`);
    open = (uses ?? []).map((one) => one.id);
  }
  if (open.length > 0) throw new Refusal(400, `tool calls without answer: ${open.join()}`);
}

/** RFC 7578, as far as it is used. */
function formIn({ headers }: IncomingMessage, body: Buffer): Map<string, Buffer> {
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(
    headers['content-type'] ?? '',
  )?.[1];
  if (boundary === undefined) throw new Refusal(415, 'it is no form');
  const fields = new Map<string, Buffer>();
  const mark = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(mark); at >= 0;) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length + 2, next - 2);
    const split = part.indexOf('\r\n\r\n');
    const name = /name="([^"]+)"/.exec(part.subarray(0, split).toString())?.[1];
    if (name === undefined) throw new Refusal(400, 'a part without a name');
    fields.set(name, part.subarray(split + 4));
    at = next;
  }
  return fields;
}
