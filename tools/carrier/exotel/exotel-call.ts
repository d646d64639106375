import { randomBytes } from 'node:crypto';
import type { ExotelSocket } from './media-socket.js';

/** How a call ends that is not `completed`. */
export type Ending = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';

/** A call at a simulated Exotel. */
export class ExotelCall {
  readonly sid = randomBytes(16).toString('hex');
  /** Also said while the phone rings: its examples have it in the reply to a dial. */
  status: 'in-progress' | Ending = 'in-progress';
  answered = false;
  seconds = 0;
  readonly streams: ExotelSocket[] = [];
  /** Statuses of upgrades that were refused, and replies of the applet without a URL. */
  readonly refusals: string[] = [];

  constructor(
    readonly direction: 'inbound' | 'outbound-api',
    /** The telephone, and the ExoPhone. */
    readonly phone: string,
    readonly exoPhone: string,
    readonly statusCallback: string | null,
  ) {}

  get isOver(): boolean {
    return this.status !== 'in-progress';
  }

  /** As the API shows it. */
  shown(accountSid: string): object {
    const isInbound = this.direction === 'inbound';
    return {
      Call: {
        Sid: this.sid,
        ParentCallSid: null,
        DateCreated: '2026-11-27 15:30:00',
        DateUpdated: '2026-11-27 15:30:00',
        AccountSid: accountSid,
        From: national(this.phone),
        To: isInbound ? national(this.exoPhone) : null,
        PhoneNumberSid: national(this.exoPhone),
        Status: this.status,
        StartTime: '2026-11-27 15:30:00',
        EndTime: null,
        Duration: this.isOver ? this.seconds : null,
        Price: null,
        Direction: this.direction,
        AnsweredBy: null,
      },
    };
  }
}

/** As Exotel writes Indian numbers. */
export function national(number: string): string {
  return number.replace(/^\+91/, '0');
}
