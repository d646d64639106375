import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Commands, type Command } from '../../cluster/commands.js';
import { LiveFigures } from './live-figures.js';
import { isSessionEnd, LiveSessions, type LiveSession } from './live-sessions.js';

/** What other instances ask about the streams of this one. */
@Injectable()
export class StreamCommands implements OnModuleInit {
  constructor(
    private readonly commands: Commands,
    private readonly sessions: LiveSessions,
    private readonly figures: LiveFigures,
  ) {}

  onModuleInit(): void {
    this.commands.handle('probe', (command) => {
      const session = this.meant(command);
      return { audio_ago_ms: session && Math.round(performance.now() - session.lastAudioAt) };
    });
    this.commands.handle('fenced', (command) => {
      this.meant(command)?.end('taken-over');
      return {};
    });
    this.commands.handle('end', (command) => {
      const { cause } = command.args;
      this.meant(command)?.end(isSessionEnd(cause) ? cause : 'call-ended');
      return {};
    });
    this.commands.handle('quality', ({ args }) => ({ streams: this.figures.here(args['runs']) }));
  }

  /** Null: we have the stream no more, or one that is newer than what the sender knew. */
  private meant({ runId, generation }: Command): LiveSession | null {
    const session = this.sessions.find(runId);
    return session?.generation === generation ? session : null;
  }
}
