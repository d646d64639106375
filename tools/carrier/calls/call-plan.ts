import type { FormFields } from '../form-fields.js';
import type { CallBehaviour } from './call-behaviour.js';
import type { CallbackEvent } from './call-status.js';

/** A URL that is asked for instructions or told a status. */
export interface Target {
  url: string;
  method: 'GET' | 'POST';
}

/** Where a call's next instructions come from. */
export type InstructionSource =
  | {
      kind: 'ask';
      target: Target;
      as: 'voice' | 'redirect' | 'action';
      /** Besides those of every request. */
      fields?: FormFields;
    }
  | { kind: 'twiml'; text: string };

/** Everything that is decided about a call before it begins. */
export interface CallPlan {
  /** `outbound-dial`: the called side of a `<Dial>`. */
  direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  /** The call that dials this one; null for every other. */
  parentSid: string | null;
  from: string;
  to: string;
  /** SID of the number that belongs to the account. */
  phoneNumberSid: string | null;
  answer: InstructionSource;
  fallback: Target | null;
  statusCallback: (Target & { events: readonly CallbackEvent[] }) | null;
  /** How long it rings, in seconds. */
  timeoutSeconds: number;
  /** How long the whole call lasts, in seconds. */
  timeLimitSeconds: number;
  machineDetection: {
    async: boolean;
    /** A machine is told of when its greeting is over (`DetectMessageEnd`), not when it begins. */
    atMessageEnd: boolean;
    callback: Target | null;
  } | null;
  behaviour: CallBehaviour;
}
