import { Injectable } from '@nestjs/common';
import { Commands } from '../../cluster/commands.js';
import { Log } from '../../shared/logger.js';
import { LiveSessions, type LiveQuality, type LiveSession } from './live-sessions.js';
import { OWNER_ANSWERS_MS, StreamOwners, type Owned } from './stream-owners.js';

/** A stream at this moment, in the form in which instances tell it each other. */
export interface StreamFigures {
  runId: number;
  streamId: string;
  /** How long nothing has been heard of the caller, in milliseconds. */
  silentMs: number;
  quality: LiveQuality;
}

/** Knows how good the live streams of calls are, whichever instances have them. */
@Injectable()
export class LiveFigures {
  constructor(
    private readonly sessions: LiveSessions,
    private readonly owners: StreamOwners,
    private readonly commands: Commands,
    private readonly log: Log,
  ) {}

  /**
   * The figures of those of the runs that have a stream, by run. Each instance is asked once, however
   * many of the runs it has; what it does not answer within 300 ms is left out. Never throws.
   */
  async of(runs: readonly Owned[]): Promise<Map<number, StreamFigures>> {
    const figures = new Map<number, StreamFigures>();
    const elsewhere = new Map<string, number[]>();
    for (const run of runs) {
      const session = this.sessions.find(run.runId);
      const owner = session ? null : this.owners.ownerElsewhere(run);
      if (session) figures.set(run.runId, figuresOf(session));
      else if (owner) elsewhere.set(owner, [...(elsewhere.get(owner) ?? []), run.runId]);
    }
    const replies = await Promise.all([...elsewhere].map(([at, ids]) => this.ask(at, ids)));
    for (const told of replies.flat()) figures.set(told.runId, told);
    return figures;
  }

  /** Those of our own streams, as another instance asks for them. */
  here(runIds: unknown): StreamFigures[] {
    if (!Array.isArray(runIds)) return [];
    const sessions = runIds.map((runId) => this.sessions.find(Number(runId)));
    return sessions.flatMap((session) => (session ? [figuresOf(session)] : []));
  }

  private async ask(instance: string, runs: number[]): Promise<StreamFigures[]> {
    const command = { kind: 'quality', runId: 0, generation: 0, args: { runs } } as const;
    try {
      const reply = await this.commands.ask(instance, command, OWNER_ANSWERS_MS);
      return (reply?.['streams'] as StreamFigures[] | undefined) ?? [];
    } catch (error) {
      this.log.warn('quality.not_asked', { instance, error });
      return [];
    }
  }
}

function figuresOf({ runId, streamId, lastAudioAt, quality }: LiveSession): StreamFigures {
  const silentMs = Math.max(0, Math.round(performance.now() - lastAudioAt));
  return { runId, streamId, silentMs, quality };
}
