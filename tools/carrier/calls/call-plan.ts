import type { CallBehaviour } from './call-behaviour.js';
import type { CallbackEvent } from './call-status.js';

/** A URL to ask or to tell. */
export interface Target {
  url: string;
  method: 'GET' | 'POST';
}

/** Where a call's next instructions come from. */
export type InstructionSource =
  | { kind: 'ask'; target: Target; as: 'voice' | 'redirect' | 'action' }
  | { kind: 'twiml'; text: string };

/** Everything that is settled about a call before it begins. */
export interface CallPlan {
  direction: 'inbound' | 'outbound-api';
  from: string;
  to: string;
  /** Of the number that belongs to the account. */
  phoneNumberSid: string | null;
  answer: InstructionSource;
  fallback: Target | null;
  statusCallback: (Target & { events: readonly CallbackEvent[] }) | null;
  /** Ringing, seconds. */
  timeoutSeconds: number;
  /** Whole call, seconds. */
  timeLimitSeconds: number;
  machineDetection: { async: boolean; callback: Target | null } | null;
  behaviour: CallBehaviour;
}
