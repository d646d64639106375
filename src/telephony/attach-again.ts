import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CallFeed } from '../calls/ledger/call-feed.js';
import type { CallRun } from '../calls/ledger/call-run.js';
import { isTerminal } from '../calls/ledger/call-status.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Log } from '../shared/logger.js';
import { AnswerCall } from './webhooks/answer-call.js';

/**
 * Attaches a new stream where one was lost, for carriers that stream when we tell them to and do
 * not ask what follows (`resumes: 'rest'`). Each lost stream is replaced once; if no other comes,
 * the reconciler asks about the call after the grace period and ends it.
 */
@Injectable()
export class AttachAgain implements OnModuleInit, OnApplicationShutdown {
  /** The generation of the lost stream that was last replaced, by run. */
  private readonly replaced = new Map<number, number>();
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly calls: CallFeed,
    private readonly providers: ProviderRegistry,
    private readonly answers: AnswerCall,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.calls.subscribe((run) => this.look(run));
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
  }

  private look(run: CallRun): void {
    const { runId, streamGeneration } = run;
    if (isTerminal(run.status)) {
      this.replaced.delete(runId);
      return;
    }
    if (run.streamState !== 'lost' || this.replaced.get(runId) === streamGeneration) return;
    const account = this.providers.of(run);
    if (account?.capabilities.resumes !== 'rest') return;
    this.replaced.set(runId, streamGeneration);
    this.answers.attachAgain(account, runId).catch((error: unknown) => {
      this.log.warn('stream.not_attached_again', { workflow_run_id: runId, error });
    });
  }
}
