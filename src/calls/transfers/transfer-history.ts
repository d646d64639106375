import type { CallEventDraft, EventSource, RecordedEvent } from '../ledger/call-event.js';
import {
  isTransferFailure,
  transferEnded,
  transferFailed,
  transferStepOf,
  type Announcement,
  type TransferFailure,
  type TransferOrder,
  type WhichTransfer,
} from './transfer-events.js';

/** One of a call's transfers, as the timeline records it. */
export interface Transfer extends WhichTransfer {
  /** Null: what was asked for has been erased. */
  order: TransferOrder | null;
  target: string | null;
  startedAt: Date;
  /** The person answered. */
  isAnswered: boolean;
  /** Why it came to nothing; null: it did not, or it is under way. */
  failure: TransferFailure | null;
  /** It is over, in whatever way. */
  isOver: boolean;
}

/** Everything that a call's timeline records about its transfers, in whatever order it was recorded. */
export class TransferHistory {
  private readonly transfers: Transfer[] = [];

  constructor(timeline: readonly RecordedEvent[]) {
    const ours = timeline.filter(
      (event) => transferStepOf(event) !== null && event.outcome !== 'duplicate',
    );
    for (const event of ours) if (transferStepOf(event) === 'started') this.begin(event);
    for (const event of ours) this.follow(event);
  }

  /** The newest; null: there was none. */
  get newest(): Transfer | null {
    return this.transfers.at(-1) ?? null;
  }

  /** The one that is under way; null: none is. */
  get running(): Transfer | null {
    const { newest } = this;
    return newest && !newest.isOver ? newest : null;
  }

  /** How many there were. */
  get count(): number {
    return this.transfers.length;
  }

  /** Whether a person has taken the caller over, for good as far as we know. */
  get isTransferred(): boolean {
    const { newest } = this;
    if (newest === null || !newest.isAnswered) return false;
    // The news that the person had answered may come after that of the end.
    return newest.failure === null || newest.failure === 'call_ended';
  }

  /**
   * What becomes of a transfer that is under way when its call ends; null: none is.
   * @param leg the carrier's id of the person's call; null: it is not known
   */
  conclusion(source: EventSource, leg: string | null): CallEventDraft | null {
    const { running } = this;
    if (!running) return null;
    return running.isAnswered
      ? transferEnded(running, { source, leg })
      : transferFailed(running, 'call_ended', { source, leg });
  }

  private begin({ detail, payload, receivedAt }: RecordedEvent): void {
    const { transfer, generation, target } = detail;
    if (this.transfers.some((one) => one.transfer === transfer)) return;
    const name = typeof target === 'string' ? target : null;
    this.transfers.push({
      transfer: Number(transfer),
      generation: Number(generation),
      order: payload && orderIn(payload, name),
      target: name,
      startedAt: receivedAt,
      isAnswered: false,
      failure: null,
      isOver: false,
    });
    this.transfers.sort((one, other) => one.transfer - other.transfer);
  }

  private follow(event: RecordedEvent): void {
    const transfer = this.transfers.find((one) => one.transfer === event.detail['transfer']);
    const step = transferStepOf(event);
    if (!transfer || step === null) return;
    switch (step) {
      case 'started':
        return;
      case 'answered':
        transfer.isAnswered = true;
        return;
      case 'failed': {
        const { reason } = event.detail;
        // That the call ended is what is concluded where nothing else is known.
        const isKnown = transfer.failure !== null && transfer.failure !== 'call_ended';
        if (!isKnown) transfer.failure = isTransferFailure(reason) ? reason : 'failed';
        transfer.isOver = true;
        return;
      }
      case 'ended':
        transfer.isAnswered = true;
        transfer.isOver = true;
        return;
      default:
        step satisfies never;
    }
  }
}

function orderIn(payload: Record<string, unknown>, target: string | null): TransferOrder {
  return {
    to: String(payload['to']),
    from: String(payload['from']),
    announce: (payload['announce'] ?? null) as Announcement | null,
    timeoutSeconds: Number(payload['timeoutSeconds']),
    target,
  };
}
