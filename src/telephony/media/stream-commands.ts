import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LiveSessions, type LiveSession } from '../../calls/streams/live-sessions.js';
import { Commands, type Command } from '../../cluster/commands.js';

/** What other instances ask about streams that begin with them. */
@Injectable()
export class StreamCommands implements OnModuleInit {
  constructor(
    private readonly commands: Commands,
    private readonly sessions: LiveSessions,
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
  }

  /** Null: we have the stream no more, or one that is newer than what the sender knew. */
  private meant({ runId, generation }: Command): LiveSession | null {
    const session = this.sessions.find(runId);
    return session?.generation === generation ? session : null;
  }
}
