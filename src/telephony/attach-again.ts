import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CallFeed, type CommittedRun } from '../calls/ledger/call-feed.js';
import { isTerminal } from '../calls/ledger/call-status.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Log } from '../shared/logger.js';
import { AnswerCall } from './webhooks/answer-call.js';

/**
 * Attaches a new stream where one was lost, for carriers that stream when we tell them to and do
 * not ask what follows (`resumes: 'rest'`). Each lost stream is replaced once, by the instance that
 * records its loss; if no other comes, the reconciler asks about the call after the grace period
 * and ends it.
 */
@Injectable()
export class AttachAgain implements OnModuleInit, OnApplicationShutdown {
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly calls: CallFeed,
    private readonly providers: ProviderRegistry,
    private readonly answers: AnswerCall,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.calls.onCommit((commit) => this.look(commit));
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
  }

  private look({ run, before }: CommittedRun): void {
    if (isTerminal(run.status) || run.streamState !== 'lost') return;
    const { runId, streamGeneration } = run;
    if (before?.streamState === 'lost' && before.streamGeneration === streamGeneration) return;
    const account = this.providers.of(run);
    if (account?.capabilities.resumes !== 'rest') return;
    this.answers.attachAgain(account, runId).catch((error: unknown) => {
      this.log.warn('stream.not_attached_again', { workflow_run_id: runId, error });
    });
  }
}
