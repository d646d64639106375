import type { AlertDraft } from '../alerts.js';
import type { CarrierSettings } from '../carrier-options.js';
import type { FrameClock } from '../media/frame-clock.js';
import type { MediaStream } from '../media/media-stream.js';
import type { Network } from '../network.js';
import type { SeededRandom } from '../random.js';
import type { Delivery, Webhook, WebhookRecord } from '../webhooks/webhook.js';
import type { CallBehaviour } from './call-behaviour.js';
import type { CallPlan } from './call-plan.js';
import type { SimulatedCall } from './simulated-call.js';

/** What a call needs from its carrier. */
export interface CarrierContext {
  readonly settings: CarrierSettings;
  readonly network: Network;
  readonly clock: FrameClock;
  readonly random: SeededRandom;
  /** Aborts when the carrier stops. From then on nothing is waited for. */
  readonly stopping: AbortSignal;
  alert(draft: AlertDraft): void;
  /** Sends a webhook and keeps the record with the call. Never rejects. */
  send(call: SimulatedCall, webhook: Omit<Webhook, 'callSid'>): Promise<Delivery>;
  /** Keeps the record of a webhook that is deliberately not sent. */
  drop(call: SimulatedCall, webhook: Omit<Webhook, 'callSid'>): WebhookRecord;
  streamStarted(call: SimulatedCall, stream: MediaStream): void;
  /** Calls the far side of a `<Dial>`; the call lives by itself from there. */
  dial(plan: CallPlan): SimulatedCall;
  behaviourFor(to: string): CallBehaviour;
  /** SID of a number of the account; null for any other. */
  phoneNumberSid(number: string): string | null;
  /** Resolves when the account's calls-per-second limit allows the next call, or on abort. */
  callSlot(signal: AbortSignal): Promise<void>;
}
