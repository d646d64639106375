import type { CallEventDraft } from '../../calls/ledger/call-event.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { NewLine } from '../../calls/transcripts/transcript.js';
import type { Transcripts } from '../../calls/transcripts/transcripts.js';
import type { Handover } from '../../calls/streams/handover.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import type { Log } from '../../shared/logger.js';
import type { EndOptions, StreamLedger } from './stream-ledger.js';
import type { StreamSummary } from './stream-summary.js';

/**
 * How often what must be written is offered to a store that is away, and the pause between: half a
 * minute at least, longer than a store takes to restart or to fail over.
 */
const ATTEMPTS = 30;
const PAUSE_MS = 1_000;

/**
 * What one stream has to say to the ledger, and when all of it is durable. A
 * write that fails because the store is away is tried again for a while; no
 * method throws or rejects.
 */
export class SessionWrites {
  private work: Promise<void> = Promise.resolve();
  private unsavedState: Handover | null = null;
  private unsavedFacts: Record<string, unknown> | null = null;

  constructor(
    private readonly runId: number,
    private readonly ledger: StreamLedger,
    private readonly log: Log,
  ) {}

  /** Resolves when everything that was said is durable, or has failed. */
  async settled(): Promise<void> {
    let work;
    do {
      work = this.work;
      await work;
    } while (work !== this.work);
  }

  /** The stream's opening writes, too. `work` has begun and never rejects. */
  alongside(work: Promise<void>): void {
    this.work = bothOf(work, this.work);
  }

  /** Begins when everything before is durable. `work` never rejects. */
  afterwards(work: () => Promise<void>): void {
    this.work = this.work.then(work);
  }

  /** As {@link afterwards}, for work whose result is waited for. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      this.afterwards(async () => resolve(await work()));
    });
  }

  /** Written one after another; what changes meanwhile goes with the next, at the latest with the end. */
  facts(run: CallRun, facts: Record<string, unknown>): void {
    const writing = this.unsavedFacts !== null;
    this.unsavedFacts = facts;
    if (writing) return;
    this.afterwards(async () => {
      const latest = this.unsavedFacts;
      this.unsavedFacts = null;
      if (!latest) return;
      await this.written('facts.not_written', () => this.ledger.storeFacts(run, latest));
    });
  }

  agentFailure(run: CallRun, reason: string): void {
    const detail = { agent: 'failed', reason };
    this.alongside(
      this.written('agent.failure_not_written', () => this.ledger.noteAgent(run, detail)),
    );
  }

  /** One more fact for the timeline. */
  note(run: CallRun, event: CallEventDraft): void {
    this.alongside(this.written(`${event.type}.not_written`, () => this.ledger.note(run, event)));
  }

  /** Resolves when they are durable, or have failed. */
  transcript(transcripts: Pick<Transcripts, 'add'>, lines: readonly NewLine[]): Promise<void> {
    const written = this.written('transcript.not_written', () =>
      transcripts.add(this.runId, lines),
    );
    this.alongside(written);
    return written;
  }

  /**
   * Starts at once, so that any later request, of the carrier or of a newer stream, comes after it
   * in the ledger. After the last attempt the reconciler finds the call silent and asks the carrier.
   */
  end(run: CallRun, summary: StreamSummary, options: EndOptions): void {
    this.alongside(
      this.written('stream.end_not_written', () => this.ledger.close(run, summary, options)),
    );
  }

  /**
   * Not tried again: the next one follows. One that comes while another is being written takes
   * the place of what waits.
   */
  checkpoint(run: CallRun, handover: Handover): void {
    const writing = this.unsavedState !== null;
    this.unsavedState = handover;
    if (writing) return;
    this.alongside(this.writeState(run));
  }

  private async writeState(run: CallRun): Promise<void> {
    // After this turn, in which the agent may ask again.
    await Promise.resolve();
    while (this.unsavedState !== null) {
      const handover = this.unsavedState;
      try {
        await this.ledger.checkpoint(run, handover);
      } catch (error) {
        this.log.warn('handover.not_written', { workflow_run_id: this.runId, error });
      }
      if (this.unsavedState === handover) this.unsavedState = null;
    }
  }

  private async written(failure: string, write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await write();
        return;
      } catch (error) {
        const isFinal = !(error instanceof StoreUnavailableError) || attempt === ATTEMPTS;
        if (isFinal || attempt === 1) {
          this.log.warn(failure, { workflow_run_id: this.runId, error });
        }
        if (isFinal) return;
        await new Promise((next) => setTimeout(next, PAUSE_MS));
      }
    }
  }
}

async function bothOf(one: Promise<void>, other: Promise<void>): Promise<void> {
  await one;
  await other;
}
