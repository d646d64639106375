import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Log } from '../../shared/logger.js';
import { CallFeed, type CommittedRun } from '../ledger/call-feed.js';
import type { CallRun } from '../ledger/call-run.js';
import type { SessionEnd } from './live-sessions.js';
import { StreamOwners } from './stream-owners.js';

/**
 * Ends the stream of a call that is to be hung up or transferred, as soon as that is written down and
 * whichever instance has it: its agent says no more, whatever time the carrier takes.
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
    const cause = causeIn(run, before);
    if (cause === null) return;
    this.owners.end(run, cause).catch((error: unknown) => {
      // Its carrier ends it, as soon as it has hung up.
      this.log.warn('stream.not_ended', { workflow_run_id: run.runId, error });
    });
  }
}

/** Null: what was written down ends no stream. */
function causeIn(run: CallRun, before: CallRun | null): SessionEnd | null {
  if (run.hangupReason !== null && (before?.hangupReason ?? null) === null) return 'hung-up';
  const isAsked = run.transferState !== null && (before?.transferState ?? null) === null;
  return isAsked ? 'transferred' : null;
}
