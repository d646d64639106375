import { randomBytes, randomUUID } from 'node:crypto';
import type { TelnyxSocket } from './media-socket.js';
import type { PhoneBehaviour } from './telnyx-options.js';

/** Telnyx's words for the end of a call, its SIP status, and who ended it. */
export type Cause =
  | 'normal_clearing'
  | 'user_busy'
  | 'no_answer'
  | 'timeout'
  | 'originator_cancel'
  | 'call_rejected'
  | 'not_found'
  | 'unspecified'
  | 'time_limit';

/** A call at the simulated carrier, as it sees it. */
export class TelnyxCall {
  readonly id = `v3:${randomBytes(24).toString('base64url')}`;
  readonly legId = randomUUID();
  readonly sessionId: string;
  readonly startedAt = new Date();
  state: 'ringing' | 'answered' | 'over' = 'ringing';
  clientState: string | null = null;
  /** Whether and how machines are to be detected. */
  detection: string | null = null;
  cause: Cause | null = null;
  /** Every stream that it has had, the newest last. */
  readonly streams: TelnyxSocket[] = [];
  readonly digits: string[] = [];
  readonly commands: string[] = [];
  /** The other side of a transfer. */
  person: TelnyxCall | null = null;
  caller: TelnyxCall | null = null;
  isBridged = false;
  readonly seen = new Map<string, number>();
  readonly timers: NodeJS.Timeout[] = [];

  constructor(
    readonly direction: 'incoming' | 'outgoing',
    readonly from: string,
    readonly to: string,
    public webhookUrl: string,
    readonly connectionId: string,
    readonly behaviour: PhoneBehaviour,
    sessionId: string = randomUUID(),
  ) {
    this.sessionId = sessionId;
  }

  get stream(): TelnyxSocket | null {
    return this.streams.at(-1) ?? null;
  }

  /** What every event says of it. */
  payload(more: object = {}): object {
    return {
      call_control_id: this.id,
      call_leg_id: this.legId,
      call_session_id: this.sessionId,
      client_state: this.clientState,
      connection_id: this.connectionId,
      from: this.from,
      to: this.to,
      start_time: this.startedAt.toISOString(),
      ...more,
    };
  }

  after(milliseconds: number, what: () => void): void {
    this.timers.push(setTimeout(what, milliseconds));
  }
}
