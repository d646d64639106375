import type { IncomingMessage } from 'node:http';
import { ModelError, ModelServer } from '../models/model-server.js';
import type { WordTime } from './heard-words.js';
import { SpokenAudio } from './spoken-audio.js';
import { readCaptioned, type CaptionedPiece } from './captioned-speech.js';

const BEGINS_WITHIN_MS = 15_000;
const IDLE_MS = 10_000;

export interface SpeechOptions {
  model: string;
  voice: string;
  /** `pcm` is raw, at `sampleRate`; a WAV says its own. */
  format: 'pcm' | 'wav';
  sampleRate: number;
  speed?: number;
  /** Where the server tells when its words are over: `captioned_speech` as Kokoro-FastAPI does. */
  wordTimes: 'none' | 'captioned_speech';
}

/** A piece of what is said. */
export interface SpokenPiece {
  /** Perhaps none. */
  mulaw: Buffer;
  words: readonly WordTime[];
}

/**
 * Speech as it is made (OpenAI docs, "Create speech"), or with the times of its words: Kokoro-FastAPI's
 * `POST /dev/captioned_speech` beside `/v1`, which takes the same fields.
 */
export class SpeechServer {
  constructor(
    private readonly server: ModelServer,
    private readonly options: SpeechOptions,
  ) {}

  /** All of it as μ-law, once it was made. @throws as {@link say} */
  async whole(text: string, signal: AbortSignal): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const { mulaw } of this.say(text, signal)) pieces.push(mulaw);
    return Buffer.concat(pieces);
  }

  /**
   * What is said, as it comes.
   * @throws ModelError; the signal's reason where it was aborted
   */
  async *say(text: string, signal: AbortSignal): AsyncGenerator<SpokenPiece> {
    const { model, voice, format, sampleRate, speed, wordTimes } = this.options;
    const isCaptioned = wordTimes === 'captioned_speech';
    const reply = await this.server.post({
      path: isCaptioned ? '../dev/captioned_speech' : 'audio/speech',
      contentType: 'application/json',
      body: JSON.stringify({
        model,
        voice,
        input: text,
        response_format: format,
        ...(isCaptioned ? { stream: true, return_timestamps: true } : {}),
        ...(speed === undefined ? {} : { speed }),
      }),
      beginsWithinMs: BEGINS_WITHIN_MS,
      signal,
    });
    reply.setTimeout(IDLE_MS, () => {
      reply.destroy(
        new ModelError('the speech server fell silent in the midst of a sentence', null),
      );
    });
    const audio = new SpokenAudio(sampleRate);
    try {
      for await (const { samples, words } of isCaptioned ? readCaptioned(reply) : plain(reply)) {
        yield { mulaw: audio.take(samples), words };
      }
      yield { mulaw: audio.end(), words: [] };
    } catch (error) {
      throw this.server.broken(error, signal);
    } finally {
      reply.destroy();
    }
  }
}

async function* plain(reply: IncomingMessage): AsyncGenerator<CaptionedPiece> {
  for await (const samples of reply as AsyncIterable<Buffer>) yield { samples, words: [] };
}
