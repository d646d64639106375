import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Commands, type Command } from '../../cluster/commands.js';
import { areDigits } from '../../shared/digits.js';
import type { CallRun } from '../ledger/call-run.js';
import { LiveSessions } from './live-sessions.js';
import { StreamOwners } from './stream-owners.js';

/** How long the instance that has the stream may take to answer, in milliseconds. */
const OWNER_ANSWERS_MS = 2_000;
/** Requests of others that are remembered: a command may be told twice within a minute. */
const REMEMBERED = 1_000;

/**
 * `taken`: they are on their way. `no-stream`: no agent is on the line. `unanswered`: the instance
 * that has the stream does not say whether it took them.
 */
export type SendDigitsResult = 'taken' | 'no-stream' | 'unanswered';

/** Sends digits into a call, whichever instance has its stream. */
@Injectable()
export class SendDigits implements OnModuleInit {
  private readonly carriedOut = new Set<string>();

  constructor(
    private readonly commands: Commands,
    private readonly sessions: LiveSessions,
    private readonly owners: StreamOwners,
  ) {}

  onModuleInit(): void {
    this.commands.handle('digits', (command) => ({ taken: this.carryOut(command) }));
  }

  /** @throws StoreUnavailableError */
  async send(run: CallRun, digits: string): Promise<SendDigitsResult> {
    const elsewhere = this.owners.elsewhere(run);
    if (!elsewhere) {
      return this.sessions.find(run.runId)?.sendDigits(digits) ? 'taken' : 'no-stream';
    }
    const { runId, generation, instance } = elsewhere;
    const args = { digits, request: randomUUID() };
    const command = { kind: 'digits', runId, generation, args } as const;
    const reply = await this.commands.ask(instance, command, OWNER_ANSWERS_MS);
    if (reply === null) return 'unanswered';
    return reply['taken'] === true ? 'taken' : 'no-stream';
  }

  /** Keys that are pressed twice do harm, so a command that is told again is not carried out again. */
  private carryOut({ runId, generation, args }: Command): boolean {
    const { digits, request } = args;
    if (!areDigits(digits) || typeof request !== 'string') return false;
    if (this.carriedOut.has(request)) return true;
    const session = this.sessions.find(runId);
    if (session?.generation !== generation || !session.sendDigits(digits)) return false;
    this.remember(request);
    return true;
  }

  private remember(request: string): void {
    this.carriedOut.add(request);
    for (const oldest of this.carriedOut) {
      if (this.carriedOut.size <= REMEMBERED) return;
      this.carriedOut.delete(oldest);
    }
  }
}
