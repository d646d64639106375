import { randomUUID } from 'node:crypto';
import type { VonageSocket } from './media-socket.js';
import type { PhoneBehaviour } from './vonage-options.js';

/** How a call or a leg of it ends, in Vonage's words. */
export type End =
  'completed' | 'busy' | 'timeout' | 'unanswered' | 'cancelled' | 'rejected' | 'failed';

export type Action = Readonly<Record<string, unknown>>;

/** A call at the simulated carrier, or the person's leg of one. Numbers have no plus. */
export class VonageCall {
  readonly id = randomUUID();
  readonly conversationId: string;
  state: 'started' | 'ringing' | 'answered' | 'over' = 'started';
  ended: End | null = null;
  answeredAt: Date | null = null;
  endedAt: Date | null = null;
  /** Raised by every instruction: replies about one that was replaced change nothing. */
  instruction = 0;
  actions: Action[] = [];
  /** Every stream that it has had, the newest last. */
  readonly streams: VonageSocket[] = [];
  /** What was said to the caller. */
  readonly said: string[] = [];
  readonly digits: string[] = [];
  /** What the API was asked to do with it. */
  readonly changes: string[] = [];
  detection: Action | null = null;
  /** The newest leg to a person, and whose leg this one is. */
  person: VonageCall | null = null;
  caller: VonageCall | null = null;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    readonly direction: 'inbound' | 'outbound',
    readonly from: string,
    readonly to: string,
    readonly answerUrl: string,
    readonly eventUrl: string,
    readonly behaviour: PhoneBehaviour,
    conversationId?: string,
  ) {
    this.conversationId = conversationId ?? `CON-${randomUUID()}`;
  }

  get stream(): VonageSocket | null {
    return this.streams.at(-1) ?? null;
  }

  /** Whole seconds between answer and end. */
  get seconds(): number {
    const { answeredAt, endedAt } = this;
    return answeredAt && endedAt
      ? Math.round((endedAt.getTime() - answeredAt.getTime()) / 1_000)
      : 0;
  }

  /** What every event says of it. */
  payload(status: string, more: object = {}): Record<string, unknown> {
    return {
      from: this.from,
      to: this.to,
      uuid: this.id,
      conversation_uuid: this.conversationId,
      status,
      direction: this.direction,
      timestamp: new Date().toISOString(),
      ...more,
    };
  }

  /** What only `completed` says. Of a call that was not answered there is no beginning. */
  figures(): object {
    return {
      duration: String(this.seconds),
      start_time: this.answeredAt?.toISOString() ?? null,
      end_time: this.endedAt?.toISOString() ?? null,
      rate: '0.00450000',
      price: '0.00015000',
      network: '310260',
    };
  }

  after(milliseconds: number, what: () => void): void {
    this.timers.push(setTimeout(what, milliseconds));
  }

  dropTimers(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }
}
