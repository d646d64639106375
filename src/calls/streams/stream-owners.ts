import { Injectable } from '@nestjs/common';
import { Cluster } from '../../cluster/cluster.js';
import { Commands, type CommandKind, type CommandReply } from '../../cluster/commands.js';
import { Instance } from '../../cluster/instance.js';
import type { CallRun } from '../ledger/call-run.js';
import { LiveSessions, type SessionEnd } from './live-sessions.js';

/** What a question to another instance is worth waiting for, in milliseconds: a caller hears the pause. */
export const OWNER_ANSWERS_MS = 300;

/** The newest stream of a call, and the instance that has it. */
export interface OwnedStream {
  runId: number;
  generation: number;
  instance: string;
}

/** The part of a run that says which instance has its stream. */
export type Owned = Pick<CallRun, 'runId' | 'streamState' | 'streamInstance'>;
type Streamed = Owned & Pick<CallRun, 'streamGeneration'>;

/** Reaches the stream of a call, whichever instance has it. */
@Injectable()
export class StreamOwners {
  constructor(
    private readonly sessions: LiveSessions,
    private readonly cluster: Cluster,
    private readonly commands: Commands,
    private readonly instance: Instance,
  ) {}

  /**
   * The run's stream, where it is live at another instance that is alive; null for every other: one
   * of our own, one that is moving, was lost or is over, or whose instance is gone.
   */
  elsewhere(run: Streamed): OwnedStream | null {
    const instance = this.ownerElsewhere(run);
    return instance === null
      ? null
      : { runId: run.runId, generation: run.streamGeneration, instance };
  }

  /** The instance of {@link elsewhere}. */
  ownerElsewhere({ streamState, streamInstance: instance }: Owned): string | null {
    if (streamState !== 'live' || instance === null || instance === this.instance.id) return null;
    return this.cluster.isAlive(instance) ? instance : null;
  }

  /**
   * Asks the owner how long ago audio came, in milliseconds. Null also where it does not answer
   * in time: it may be frozen, and the caller must not wait for it.
   * @throws StoreUnavailableError
   */
  async audioAgoMs(stream: OwnedStream): Promise<number | null> {
    const reply = await this.ask(stream, 'probe');
    const agoMs = reply?.['audio_ago_ms'];
    return typeof agoMs === 'number' ? agoMs : null;
  }

  /**
   * Tells the older owner that it has the call no more, and waits a moment until it has fallen
   * silent, so that two agents are never heard at once.
   * @throws StoreUnavailableError
   */
  async fence(stream: OwnedStream): Promise<void> {
    await this.ask(stream, 'fenced');
  }

  /**
   * Ends the call's stream; one at another instance as soon as that has read it.
   * @throws StoreUnavailableError
   */
  async end(run: Streamed, cause: SessionEnd): Promise<void> {
    this.sessions.find(run.runId)?.end(cause);
    const stream = this.elsewhere(run);
    if (!stream) return;
    const { runId, generation, instance } = stream;
    await this.commands.send(instance, { kind: 'end', runId, generation, args: { cause } });
  }

  private ask(stream: OwnedStream, kind: CommandKind): Promise<CommandReply | null> {
    const { runId, generation, instance } = stream;
    return this.commands.ask(instance, { kind, runId, generation, args: {} }, OWNER_ANSWERS_MS);
  }
}
