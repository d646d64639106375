import type { Verb } from './reply.js';
import type { ExchangeStream } from './stream.js';

/** A call at the carrier. */
export interface ExchangeCall {
  /** The call's own id, which is not that of the request that placed it. */
  id: string;
  requestId: string | null;
  direction: 'inbound' | 'outbound';
  /** Without a plus. */
  from: string;
  to: string;
  urls: { answer: string; ring: string; hangup: string; machine: string | null };
  state: 'queued' | 'ringing' | 'in-progress' | 'over';
  /** What was said by the carrier's own voice. */
  said: string[];
  digits: string[];
  streams: ExchangeStream[];
  /** The statuses of upgrades that were refused. */
  refusals: number[];
  /** With a person; null: with nobody. */
  dial: (Verb & { verb: 'Dial'; legId: string }) | null;
  /** How it ended. */
  ending: Ending | null;
  /** Rises whenever the instructions are replaced. */
  instructions: number;
}

export interface Ending {
  status: string;
  code: string;
  cause: string;
  source: string;
}

/** By a name of ours: `CallStatus`, `HangupCauseCode`, `HangupCause` and `HangupSource`. */
export const ENDINGS = {
  hangup: { status: 'completed', code: '4000', cause: 'Normal Hangup', source: 'Callee' },
  'end-of-xml': {
    status: 'completed',
    code: '4010',
    cause: 'End Of XML Instructions',
    source: 'Plivo',
  },
  api: { status: 'completed', code: '4000', cause: 'Normal Hangup', source: 'API Request' },
  busy: { status: 'busy', code: '3010', cause: 'Busy Line', source: 'Carrier' },
  /** Declined: one carrier in between reports it as busy. */
  rejected: { status: 'busy', code: '3020', cause: 'Rejected', source: 'Callee' },
  'no-answer': { status: 'no-answer', code: '3000', cause: 'No Answer', source: 'Callee' },
  timeout: { status: 'timeout', code: '6010', cause: 'Ring Timeout Reached', source: 'Plivo' },
  cancel: { status: 'cancel', code: '1000', cause: 'Cancelled', source: 'API Request' },
  failed: {
    status: 'failed',
    code: '2000',
    cause: 'Invalid Destination Address',
    source: 'Carrier',
  },
} as const satisfies Record<string, Ending>;

export type EndingName = keyof typeof ENDINGS;
