import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';
import type { TurnEnd, TurnStart } from '../agent.js';
import { ModelError } from '../models/model-server.js';
import type { TranscriptionServer } from './transcription-server.js';
import type { TranscriptionSocket } from './transcription-socket.js';
import { TurnAudio } from './turn-audio.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1_000;

/** A turn of the caller's that is over. */
export interface HeardTurn {
  /** Of its audio. */
  ms: number;
  /** What was said; empty: nothing that is understood. @throws ModelError; the signal's reason */
  text: () => Promise<string>;
}

/** Writes down what the caller says, turn by turn: by the socket, if there is one, and by upload where that has no text. */
export class Ear {
  private readonly turn = new TurnAudio();

  constructor(
    private readonly server: TranscriptionServer,
    private readonly socket: TranscriptionSocket | null,
    private readonly signal: AbortSignal,
  ) {}

  hear(mulaw: Buffer): void {
    this.turn.hear(mulaw);
    this.socket?.hear(mulaw);
  }

  begin({ audioMs }: TurnStart): void {
    this.turn.begin();
    this.socket?.begin(this.turn.last(audioMs));
  }

  end(turn: TurnEnd): HeardTurn {
    const audio = this.turn.end(turn);
    const told = this.socket?.end() ?? Promise.resolve(null);
    const text = async (): Promise<string> => {
      const bySocket = await told;
      if (bySocket !== null || audio.length === 0) return (bySocket ?? '').trim();
      return this.upload(audio);
    };
    return { ms: audio.length / BYTES_PER_MS, text };
  }

  close(): void {
    this.socket?.close();
  }

  /** Once it is tried again. */
  private async upload(audio: Buffer): Promise<string> {
    try {
      return await this.server.textOf(audio, this.signal);
    } catch (error) {
      if (!(error instanceof ModelError) || !error.isPassing) throw error;
      return this.server.textOf(audio, this.signal);
    }
  }
}
