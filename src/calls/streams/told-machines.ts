import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Commands } from '../../cluster/commands.js';
import { Log } from '../../shared/logger.js';
import { CallFeed, type CommittedRun } from '../ledger/call-feed.js';
import { LiveSessions } from './live-sessions.js';
import { StreamOwners } from './stream-owners.js';

/**
 * Tells the agent of a call who answered it, as soon as the carrier's word is written down and
 * whichever instance has the stream. A stream that begins later reads it from the run.
 */
@Injectable()
export class ToldMachines implements OnModuleInit, OnApplicationShutdown {
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly feed: CallFeed,
    private readonly commands: Commands,
    private readonly sessions: LiveSessions,
    private readonly owners: StreamOwners,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.feed.onCommit((commit) => this.look(commit));
    this.commands.handle('machine', ({ runId, args }) => {
      const answeredBy = args['answered_by'];
      if (typeof answeredBy === 'string') this.sessions.find(runId)?.tellMachine(answeredBy);
      return {};
    });
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
  }

  private look({ run, before }: CommittedRun): void {
    const { runId, answeredBy } = run;
    if (answeredBy === null || answeredBy === before?.answeredBy) return;
    this.sessions.find(runId)?.tellMachine(answeredBy);
    const elsewhere = this.owners.elsewhere(run);
    if (!elsewhere) return;
    const { generation, instance } = elsewhere;
    const args = { answered_by: answeredBy };
    this.commands
      .send(instance, { kind: 'machine', runId, generation, args })
      .catch((error: unknown) => {
        this.log.warn('machine.not_told', { workflow_run_id: runId, error });
      });
  }
}
