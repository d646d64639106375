import { randomBytes } from 'node:crypto';
import type { CloudonixSocket } from './media-socket.js';

/** How a call ends, in Cloudonix's words. */
export type Ending =
  'completed' | 'busy' | 'noanswer' | 'cancel' | 'nocredit' | 'congestion' | 'error' | 'failed';

/** A session at a simulated Cloudonix. */
export class CloudonixCall {
  /** What the API knows it by, and what its streams and questions may call it; they are never the same. */
  readonly token = randomBytes(16).toString('hex');
  readonly callSid = randomBytes(16).toString('hex');
  status: 'new' | 'ringing' | 'connected' | Ending = 'new';
  answeredAt: number | null = null;
  endedAt: number | null = null;
  readonly streams: CloudonixSocket[] = [];
  /** Statuses of upgrades that were refused, and replies without a stream. */
  readonly refusals: string[] = [];

  constructor(
    readonly direction: 'inbound' | 'outbound-api',
    readonly from: string,
    readonly to: string,
    /** What asks for its program, and what its session is told to; null: nothing. */
    readonly url: string | null,
    readonly callback: string | null,
  ) {}

  get isOver(): boolean {
    return this.endedAt !== null;
  }

  /** Whole seconds that it was answered. */
  get seconds(): number {
    const { answeredAt, endedAt } = this;
    return answeredAt === null || endedAt === null ? 0 : Math.round((endedAt - answeredAt) / 1000);
  }

  /** As the API shows it, and as its session is told. */
  shown(domain: string): Record<string, unknown> {
    return {
      token: this.token,
      domainId: 3,
      domain,
      callerId: this.from,
      destination: this.to,
      direction: this.direction,
      status: this.status,
      callStartTime: Date.now() - 1_000,
      callAnswerTime: this.answeredAt,
      callEndTime: this.endedAt,
      profile: {},
    };
  }
}
