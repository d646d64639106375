import { RealtimeLine, type RealtimePlace } from '../openai-realtime/realtime-line.js';
import type { ServerEvent } from '../openai-realtime/realtime-events.js';
import type { TranscriptionOptions } from './transcription-server.js';

const BEGINS_WITHIN_MS = 10_000;
/** From the end of a turn to its text. */
const TEXT_WITHIN_MS = 8_000;

interface AwaitedTurn {
  /** Null: not told yet. */
  itemId: string | null;
  /** Null: it has none; it is uploaded instead. */
  tell: (text: string | null) => void;
}

/**
 * What a caller says, written down while they still speak: a transcription session of OpenAI's Realtime API (OpenAI docs,
 * "Realtime transcription"; `RealtimeTranscriptionSessionCreateRequest` of npm `openai`). Turns are ours: the server's own detection is off.
 */
export class TranscriptionSocket {
  private line: RealtimeLine | null;
  private isReady = false;
  /** All of the turn's audio was sent, so far. */
  private isTurnSent = false;
  /** Turns without text, oldest first. */
  private awaited: AwaitedTurn[] = [];

  /** @param onFailed called once: from then on no turn has a text */
  constructor(
    place: RealtimePlace,
    private readonly options: TranscriptionOptions,
    private readonly onFailed: (reason: string) => void,
  ) {
    this.line = new RealtimeLine(place, {
      onEvent: (event) => this.take(event),
      onFailure: ({ reason }) => this.fail(reason.message),
    });
  }

  open(): void {
    const { model, language } = this.options;
    const transcription = { model, ...(language === undefined ? {} : { language }) };
    const input = { format: { type: 'audio/pcmu' }, transcription, turn_detection: null };
    const session = { type: 'transcription', audio: { input } };
    this.line?.open({ type: 'session.update', session }, BEGINS_WITHIN_MS);
  }

  /** @param mulaw what was heard of the turn by now */
  begin(mulaw: Buffer): void {
    this.isTurnSent = this.isReady;
    this.hear(mulaw);
  }

  /** More of the turn, if there is one. */
  hear(mulaw: Buffer): void {
    if (!this.isTurnSent || mulaw.length === 0) return;
    this.line?.send({ type: 'input_audio_buffer.append', audio: mulaw.toString('base64') });
  }

  /** The turn is over. Resolves with its text; null: it has to be had in another way. Never rejects. */
  end(): Promise<string | null> {
    const isSent = this.isTurnSent && this.line !== null;
    this.isTurnSent = false;
    if (!isSent) return Promise.resolve(null);
    return new Promise((resolve) => {
      const late = setTimeout(
        () => this.fail('the Realtime API writes down nothing'),
        TEXT_WITHIN_MS,
      );
      const tell = (text: string | null): void => {
        clearTimeout(late);
        resolve(text);
      };
      this.awaited.push({ itemId: null, tell });
      this.line?.send({ type: 'input_audio_buffer.commit' });
    });
  }

  close(): void {
    this.line?.close();
    this.line = null;
    for (const { tell } of this.awaited.splice(0)) tell(null);
  }

  /** Nothing else is said in a session that only listens. */
  private take(event: ServerEvent): void {
    const { kind } = event;
    if (kind === 'ready') this.isReady = true;
    else if (kind === 'caller-item') this.assign(event.itemId);
    else if (kind === 'caller-text') this.tell(event.itemId, event.text);
    else if (kind === 'caller-unheard') this.tell(event.itemId, null);
    else if (kind === 'error') this.fail(`the Realtime API answers ${event.code}`);
  }

  /** Turns are committed in their order. */
  private assign(id: string): void {
    const turn = this.awaited.find(({ itemId }) => itemId === null);
    if (turn) turn.itemId = id;
  }

  private tell(id: string, text: string | null): void {
    const at = this.awaited.findIndex(({ itemId }) => itemId === id);
    if (at >= 0) this.awaited.splice(at, 1)[0]?.tell(text);
  }

  private fail(reason: string): void {
    if (!this.line) return;
    this.close();
    this.onFailed(reason);
  }
}
