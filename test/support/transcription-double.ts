import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const TRANSCRIPTION_KEY = 'sk-transcription-0123456789';

/** Fields of OpenAI's `TranscriptionCreateParams`; the real server refuses others. */
const FIELDS = new Set([
  'file',
  'model',
  'chunking_strategy',
  'include[]',
  'language',
  'prompt',
  'response_format',
  'stream',
  'temperature',
  'timestamp_granularities[]',
]);

export interface TranscriptionRequest {
  model: string;
  format: string;
  /** The audio, 8 kHz. */
  samples: Int16Array;
}

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/**
 * A server of `POST /audio/transcriptions`, built from OpenAI's published types: what breaks them is refused with 400
 * and kept among the mistakes.
 */
export class TranscriptionDouble {
  readonly requests: TranscriptionRequest[] = [];
  readonly mistakes: string[] = [];
  /** What it makes of a request; by default, of each second one segment of its own. */
  answer: (request: TranscriptionRequest) => Answer | Promise<Answer> = (request) => ({
    body: secondBySecond(request),
  });
  private server: Server | null = null;

  /** Resolves with the value of TRANSCRIPTION_URL. */
  async start(): Promise<string> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        void this.take(`${method} ${url}`, headers as Record<string, string>, chunks, response);
      });
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  private async take(
    route: string,
    headers: Record<string, string>,
    chunks: Buffer[],
    response: ServerResponse,
  ): Promise<void> {
    const read = await this.read(route, headers, Buffer.concat(chunks));
    if (typeof read === 'string') {
      this.mistakes.push(read);
      response.writeHead(400).end(JSON.stringify({ error: { message: read } }));
      return;
    }
    this.requests.push(read);
    const { status = 200, headers: more = {}, body } = await this.answer(read);
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
    // In pieces, as it comes over a network.
    response.writeHead(status, { 'content-type': 'application/json', ...more });
    const piece = Math.max(7, Math.ceil(text.length / 50));
    for (let at = 0; at < text.length; at += piece) response.write(text.slice(at, at + piece));
    response.end();
  }

  private async read(
    route: string,
    headers: Record<string, string>,
    body: Buffer,
  ): Promise<TranscriptionRequest | string> {
    if (route !== 'POST /v1/audio/transcriptions') return `the route ${route}`;
    if (headers['authorization'] !== `Bearer ${TRANSCRIPTION_KEY}`) return 'the key';
    const type = headers['content-type'] ?? '';
    const form = await new Response(body, { headers: { 'content-type': type } })
      .formData()
      .catch(() => null);
    if (!form) return 'no multipart';
    const strange = [...form.keys()].filter((name) => !FIELDS.has(name));
    if (strange.length > 0) return `the fields ${strange.join()}`;
    const [file, model, format] = ['file', 'model', 'response_format'].map((one) => form.get(one));
    if (!(file instanceof File) || !file.name.endsWith('.wav')) return 'the file';
    if (typeof model !== 'string' || model === '') return 'the model';
    if (format !== 'json' && format !== 'verbose_json') return 'the response_format';
    const times = form.getAll('timestamp_granularities[]');
    if (times.length > 0 && format !== 'verbose_json') return 'granularities without verbose_json';
    if (times.some((one) => one !== 'segment')) return 'the granularities';
    const wav = Buffer.from(await file.arrayBuffer());
    const shape = [wav.toString('latin1', 0, 4), wav.readUInt16LE(22), wav.readUInt32LE(24)];
    if (shape.join() !== 'RIFF,1,8000' || wav.readUInt32LE(40) !== wav.length - 44)
      return 'the WAV';
    const samples = new Int16Array((wav.length - 44) / 2);
    Buffer.from(samples.buffer).set(wav.subarray(44));
    return { model, format, samples };
  }
}

function secondBySecond({ format, samples }: TranscriptionRequest): unknown {
  const seconds = Math.ceil(samples.length / 8_000);
  const text = Array.from({ length: seconds }, (_, n) => ` second ${n}`);
  if (format === 'json') return { text: text.join('') };
  const segments = text.map((one, n) => ({
    id: n,
    seek: 0,
    start: n,
    end: Math.min(n + 1, samples.length / 8_000),
    text: one,
    tokens: [],
    temperature: 0,
    avg_logprob: -0.2,
    compression_ratio: 1.2,
    no_speech_prob: 0.01,
  }));
  return {
    task: 'transcribe',
    language: 'english',
    duration: seconds,
    text: text.join(''),
    segments,
  };
}
