import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Log } from '../../shared/logger.js';
import { CallFeed, type CommittedRun } from '../ledger/call-feed.js';
import { StreamOwners } from './stream-owners.js';

/**
 * Ends the stream of a call that is to be hung up, as soon as that is written down and whichever
 * instance has it: its agent says no more, whatever time the carrier takes.
 */
@Injectable()
export class HungUpStreams implements OnModuleInit, OnApplicationShutdown {
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly feed: CallFeed,
    private readonly owners: StreamOwners,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.feed.onCommit((commit) => this.look(commit));
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
  }

  private look({ run, before }: CommittedRun): void {
    if (run.hangupReason === null || (before && before.hangupReason !== null)) return;
    this.owners.end(run, 'hung-up').catch((error: unknown) => {
      // Its carrier ends it, as soon as it has hung up.
      this.log.warn('stream.not_ended', { workflow_run_id: run.runId, error });
    });
  }
}
