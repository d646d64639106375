import type { Action, End, VonageCall } from './vonage-call.js';
import type { Doubts, VonageOptions } from './vonage-options.js';
import type { VonageWebhooks } from './webhooks.js';

/** What the runner of instructions needs of the exchange. */
export interface Switchboard {
  readonly options: VonageOptions;
  readonly doubts: Doubts;
  readonly webhooks: VonageWebhooks;
  readonly violate: (what: string) => void;
  answer(call: VonageCall): void;
  end(call: VonageCall, how: End): void;
  /** Calls a person, of whom the action's own address is told. */
  person(caller: VonageCall, action: Action): VonageCall;
}
