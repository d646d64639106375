import { ModelError, ModelServer } from '../models/model-server.js';
import { SpokenAudio } from './spoken-audio.js';

const BEGINS_WITHIN_MS = 15_000;
const IDLE_MS = 10_000;

export interface SpeechOptions {
  model: string;
  voice: string;
  /** `pcm` is raw, at `sampleRate`; a WAV says its own. */
  format: 'pcm' | 'wav';
  sampleRate: number;
  speed?: number;
}

/** Speech as it is made (OpenAI docs, "Create speech"). */
export class SpeechServer {
  constructor(
    private readonly server: ModelServer,
    private readonly options: SpeechOptions,
  ) {}

  /**
   * μ-law as it comes.
   * @throws ModelError; the signal's reason where it was aborted
   */
  async *say(text: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { model, voice, format, sampleRate, speed } = this.options;
    const reply = await this.server.post({
      path: 'audio/speech',
      contentType: 'application/json',
      body: JSON.stringify({
        model,
        voice,
        input: text,
        response_format: format,
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
      for await (const chunk of reply as AsyncIterable<Buffer>) {
        const mulaw = audio.take(chunk);
        if (mulaw.length > 0) yield mulaw;
      }
      const rest = audio.end();
      if (rest.length > 0) yield rest;
    } catch (error) {
      throw this.server.broken(error, signal);
    } finally {
      reply.destroy();
    }
  }
}
