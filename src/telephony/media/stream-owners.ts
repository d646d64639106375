import { Injectable } from '@nestjs/common';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { Cluster } from '../../cluster/cluster.js';
import { Commands, type CommandKind, type CommandReply } from '../../cluster/commands.js';
import { Instance } from '../../cluster/instance.js';
import { MEDIA_LIMITS } from './limits.js';

/** The newest stream of a call, and the instance that has it. */
export interface OwnedStream {
  runId: number;
  generation: number;
  instance: string;
}

/** What other instances have of a call, as far as it matters to a stream that begins here. */
@Injectable()
export class StreamOwners {
  constructor(
    private readonly cluster: Cluster,
    private readonly commands: Commands,
    private readonly instance: Instance,
  ) {}

  /**
   * The run's stream, where it is live at another instance that is alive; null for every other: one
   * of our own, one that is moving, was lost or is over, or whose instance is gone.
   */
  elsewhere(run: CallRun): OwnedStream | null {
    const { runId, streamGeneration: generation, streamState, streamInstance: instance } = run;
    if (streamState !== 'live' || instance === null || instance === this.instance.id) return null;
    return this.cluster.isAlive(instance) ? { runId, generation, instance } : null;
  }

  /**
   * Asks the owner whether audio came within the last second. False also where it does not answer
   * in time: it may be frozen, and the caller must not wait for it.
   * @throws StoreUnavailableError
   */
  async isLively(stream: OwnedStream): Promise<boolean> {
    const reply = await this.ask(stream, 'probe');
    const agoMs = reply?.['audio_ago_ms'];
    return typeof agoMs === 'number' && agoMs < MEDIA_LIMITS.livelyMs;
  }

  /**
   * Tells the older owner that it has the call no more, and waits a moment until it has fallen
   * silent, so that two agents are never heard at once.
   * @throws StoreUnavailableError
   */
  async fence(stream: OwnedStream): Promise<void> {
    await this.ask(stream, 'fenced');
  }

  private ask(stream: OwnedStream, kind: CommandKind): Promise<CommandReply | null> {
    const { runId, generation, instance } = stream;
    const command = { kind, runId, generation, args: {} };
    return this.commands.ask(instance, command, MEDIA_LIMITS.ownerAnswersMs);
  }
}
