import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import type { Log } from '../../shared/logger.js';
import { maskText } from '../../shared/redact.js';

const FAULTS_LOGGED = 5;
/** So many odd messages within so many milliseconds are no accident any more. */
const ODD_MAX = 20;
const ODD_WINDOW_MS = 10_000;
/** Different kinds of them that the timeline is told. */
const KINDS_MAX = 10;

/** What the carrier complains of on one stream, and what it sends that is not its protocol. */
export class CarrierFaults {
  private faults = 0;
  private readonly kinds = new Set<string>();
  private odd: number[] = [];

  constructor(
    private readonly runId: number,
    private readonly log: Log,
  ) {}

  /** The first few are logged. */
  note(reason: string): void {
    this.faults += 1;
    if (this.faults > FAULTS_LOGGED) return;
    this.log.warn('stream.carrier_fault', {
      workflow_run_id: this.runId,
      reason: maskText(reason).slice(0, 200),
    });
  }

  /**
   * A message that cannot be read: each kind is told once.
   *
   * @param reason the same for each of its kind, without anything of the message
   * @param tell the timeline
   * @returns whether there were so many lately that this is no stream of the carrier's
   */
  noteOdd(reason: string, now: number, tell: (event: CallEventDraft) => void): boolean {
    this.odd = [...this.odd.filter((at) => now - at < ODD_WINDOW_MS), now];
    if (!this.kinds.has(reason) && this.kinds.size < KINDS_MAX) {
      this.kinds.add(reason);
      this.log.warn('stream.odd_message', { workflow_run_id: this.runId, reason });
      const detail = { odd_message: reason };
      tell(callEvent({ type: 'other', source: 'media', occurredAt: new Date(), detail }));
    }
    return this.odd.length >= ODD_MAX;
  }
}
