import { randomUUID } from 'node:crypto';
import { decodeMulaw } from '../../audio/mulaw.js';
import { wavOf } from '../../audio/wav.js';
import { ModelError, ModelServer } from '../models/model-server.js';

const BEGINS_WITHIN_MS = 20_000;
const REPLY_BYTES_MAX = 256 * 1024;

export interface TranscriptionOptions {
  model: string;
  /** ISO 639-1; absent: found out. */
  language?: string;
}

/** What a caller said, by upload (OpenAI docs, "Create transcription"). */
export class TranscriptionServer {
  constructor(
    private readonly server: ModelServer,
    private readonly options: TranscriptionOptions,
  ) {}

  /**
   * @param mulaw of the caller's turn
   * @returns empty: nothing was said that it understood
   * @throws ModelError; the signal's reason where it was aborted
   */
  async textOf(mulaw: Buffer, signal: AbortSignal): Promise<string> {
    const boundary = `patchbay-${randomUUID()}`;
    const { model, language } = this.options;
    const fields = {
      model,
      response_format: 'json',
      ...(language === undefined ? {} : { language }),
    };
    const reply = await this.server.post({
      path: 'audio/transcriptions',
      contentType: `multipart/form-data; boundary=${boundary}`,
      body: formOf(boundary, fields, wavOf(decodeMulaw(mulaw))),
      beginsWithinMs: BEGINS_WITHIN_MS,
      signal,
    });
    const told = await this.server.json(reply, REPLY_BYTES_MAX, signal);
    const { text } = Object(told) as { text?: unknown };
    if (typeof text !== 'string') {
      throw new ModelError('the transcription server answers without a text', null);
    }
    return text.trim();
  }
}

/** RFC 7578. */
function formOf(boundary: string, fields: Record<string, string>, wav: Buffer): Buffer {
  const part = (disposition: string, more = ''): string =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n`;
  return Buffer.concat([
    ...Object.entries(fields).map(([name, value]) =>
      Buffer.from(`${part(`name="${name}"`)}${value}\r\n`),
    ),
    Buffer.from(part('name="file"; filename="turn.wav"', 'Content-Type: audio/wav\r\n')),
    wav,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}
