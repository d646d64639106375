import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CallFeed, type CommittedRun } from '../../calls/ledger/call-feed.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { Cluster } from '../../cluster/cluster.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Draining } from '../../shared/draining.js';
import { Log } from '../../shared/logger.js';
import { canBeTold, PushStream } from './push-stream.js';

/**
 * Has a stream replaced as soon as its end is written down: by a person where the call is transferred,
 * else by another stream where the carrier does not ask what follows. Where it does ask, it has a
 * moment to do so: see `TakeOver`, which also sees to a call whose process died between the two.
 */
@Injectable()
export class PushAtOnce implements OnModuleInit, OnApplicationShutdown {
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly calls: CallFeed,
    private readonly providers: ProviderRegistry,
    private readonly push: PushStream,
    private readonly draining: Draining,
    private readonly cluster: Cluster,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.calls.onCommit((commit) => this.look(commit));
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
  }

  private look({ run, before }: CommittedRun): void {
    if (isTerminal(run.status)) return;
    if (isToBeTold(run)) return this.tell(run);
    if (!wantsAnother(run)) return;
    // Nobody could take the stream: whoever starts next gives the call another.
    if (this.draining.isClosing && !this.cluster.hasReadyOther) return;
    const { streamGeneration } = run;
    if (before && wantsAnother(before) && before.streamGeneration === streamGeneration) return;
    const capabilities = this.providers.of(run)?.capabilities;
    if (!capabilities || capabilities.resumes === 'asked' || !canBeTold(capabilities)) return;
    this.tell(run);
  }

  private tell({ runId, streamGeneration }: CallRun): void {
    this.push.push(runId, streamGeneration).catch((error: unknown) => {
      this.log.warn('stream.not_pushed', { workflow_run_id: runId, error });
    });
  }
}

/** The call has left its stream for a person, and the carrier does not know. */
function isToBeTold({ transferState, streamState }: CallRun): boolean {
  return transferState === 'asked' && streamState !== 'live';
}

function wantsAnother({ streamState }: CallRun): boolean {
  return streamState === 'lost' || streamState === 'moving';
}
