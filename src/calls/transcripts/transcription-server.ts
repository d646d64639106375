import { wavOf } from '../../audio/wav.js';
import type { TranscriptionSettings } from '../../config/settings.js';

/** The limit of one request: a part of some minutes takes a small server as long. */
const PATIENCE_MS = 4 * 60_000;
const REPLY_MAX_BYTES = 4 * 1024 * 1024;
/** More lines of one part are none of a telephone call. */
const SEGMENTS_MAX = 900;

/** A piece of text, with times from the beginning of the audio. */
export interface Segment {
  atMs: number;
  /** Null: the server gives no times. */
  untilMs: number | null;
  text: string;
}

export type Transcribed =
  | { kind: 'done'; segments: Segment[] }
  /** It has no times to give: asked for them it refuses. */
  | { kind: 'no-times' }
  /** It may work later; `reason` is a word, without anything of the server's. */
  | { kind: 'again'; reason: string; afterMs: number | null }
  /** It will not work. */
  | { kind: 'refused'; reason: string };

/** A server that turns audio into text, as OpenAI's `POST /audio/transcriptions`. */
export class TranscriptionServer {
  constructor(
    private readonly settings: TranscriptionSettings,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /**
   * Has audio of 8 kHz transcribed. Never rejects.
   *
   * @param withTimes whether it is asked for times too
   * @param signal our own stop, which is `again`
   */
  async transcribe(
    samples: Int16Array,
    withTimes: boolean,
    signal: AbortSignal,
  ): Promise<Transcribed> {
    const { url, apiKey, model } = this.settings;
    const late = AbortSignal.timeout(this.patienceMs);
    try {
      const reply = await fetch(`${url}/audio/transcriptions`, {
        method: 'POST',
        headers: apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` },
        body: formOf(samples, model, withTimes),
        redirect: 'error',
        signal: AbortSignal.any([signal, late]),
      });
      if (reply.ok) return read(await bounded(reply), samples.length / 8);
      await reply.body?.cancel();
      return failureOf(reply, withTimes);
    } catch {
      return { kind: 'again', reason: late.aborted ? 'timeout' : 'unreachable', afterMs: null };
    }
  }
}

function formOf(samples: Int16Array, model: string, withTimes: boolean): FormData {
  const form = new FormData();
  form.set('file', new Blob([Uint8Array.from(wavOf(samples))], { type: 'audio/wav' }), 'call.wav');
  form.set('model', model);
  form.set('response_format', withTimes ? 'verbose_json' : 'json');
  if (withTimes) form.set('timestamp_granularities[]', 'segment');
  return form;
}

function failureOf({ status, headers }: Response, withTimes: boolean): Transcribed {
  const reason = `http_${status}`;
  const mayPass = status === 401 || status === 403 || status === 404 || status === 408;
  if (mayPass || status === 425 || status === 429 || status >= 500) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    return { kind: 'again', reason, afterMs: seconds > 0 ? seconds * 1_000 : null };
  }
  // Models that know no times refuse to give them.
  return withTimes && (status === 400 || status === 422)
    ? { kind: 'no-times' }
    : { kind: 'refused', reason };
}

async function bounded(reply: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of reply.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > REPLY_MAX_BYTES) return '';
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString();
}

function read(text: string, lengthMs: number): Transcribed {
  let reply: unknown;
  try {
    reply = JSON.parse(text);
  } catch {
    reply = null;
  }
  const { text: whole, segments } = (reply ?? {}) as { text?: unknown; segments?: unknown };
  if (typeof whole !== 'string') return { kind: 'again', reason: 'no_text', afterMs: null };
  const timed = Array.isArray(segments) ? segments.slice(0, SEGMENTS_MAX).flatMap(timedOf) : [];
  const known = timed.filter(({ atMs }) => atMs <= lengthMs);
  if (known.length > 0) return { kind: 'done', segments: known };
  return { kind: 'done', segments: [{ atMs: 0, untilMs: null, text: whole }] };
}

function timedOf(segment: unknown): Segment[] {
  const { start, end, text } = (segment ?? {}) as Record<'start' | 'end' | 'text', unknown>;
  if (typeof start !== 'number' || typeof text !== 'string' || !(start >= 0)) return [];
  const untilMs = typeof end === 'number' && end >= start ? end * 1_000 : null;
  return [{ atMs: start * 1_000, untilMs, text }];
}
