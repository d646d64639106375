import type { FormFields } from '../form-fields.js';
import { pause } from '../pause.js';
import type { Delivery } from '../webhooks/webhook.js';
import { callFields, statusFields } from './call-fields.js';
import type { CallStatus } from './call-status.js';
import { callbackEventOf, isFinal } from './call-status.js';
import type { CarrierContext } from './carrier-context.js';
import type { SimulatedCall } from './simulated-call.js';

const RESOLVED = Promise.resolve();

interface Callback {
  status: CallStatus;
  fields: FormFields;
}

/**
 * Sends a call's status callbacks. Each is a request of its own and waits for no
 * other. The callback of an inbound call's number is sent once, at the end.
 */
export class StatusCallbacks {
  private sequence = 0;
  private readonly underWay = new Set<Promise<void>>();
  private held: Callback[] = [];

  constructor(
    private readonly call: SimulatedCall,
    private readonly carrier: CarrierContext,
  ) {}

  /** Must be called with every status of the call as it comes. */
  fire(status: CallStatus): void {
    if (status === 'queued') return;
    const { statusCallback, direction, behaviour } = this.call.plan;
    if (direction === 'inbound' && !isFinal(status)) return;
    // Every event takes a number, whether or not it is subscribed, so gaps are possible.
    const sequence = this.sequence++;
    if (!statusCallback?.events.includes(callbackEventOf(status))) {
      if (isFinal(status)) this.release();
      return;
    }
    const at = this.call.timeline.at(-1)?.at ?? new Date();
    const fields = [
      ...callFields(this.call, this.carrier.settings.accountSid, status),
      ...statusFields(this.call, status, sequence, at),
    ];
    this.held.push({ status, fields });
    if (!behaviour.callbacks?.shuffled || isFinal(status)) this.release();
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /** Sends what is held, in the order that the behaviour asks for. */
  private release(): void {
    const held = this.ordered(this.held);
    this.held = [];
    // An order that was asked for is kept on the wire too; otherwise none waits for another.
    if (this.call.plan.behaviour.callbacks?.shuffled) {
      return this.track(held.reduce((all, one) => all.then(() => this.deliver(one)), RESOLVED));
    }
    for (const callback of held) this.track(this.deliver(callback));
  }

  private track(sending: Promise<void>): void {
    const tracked = sending.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  private ordered(held: Callback[]): Callback[] {
    const { shuffled } = this.call.plan.behaviour.callbacks ?? {};
    if (!shuffled) return held;
    if (shuffled === true) return this.carrier.random.shuffled(held);
    return shuffled(held.map(({ status }) => status)).flatMap((status) =>
      held.filter((callback) => callback.status === status),
    );
  }

  private async deliver(callback: Callback): Promise<void> {
    const { random, stopping } = this.carrier;
    const { delayMs = 0, doubled = false, dropped = 0 } = this.call.plan.behaviour.callbacks ?? {};
    const lost =
      typeof dropped === 'number' ? random.chance(dropped) : dropped.includes(callback.status);
    if (lost) {
      this.carrier.drop(this.call, this.webhook(callback));
      return;
    }
    const copies = random.chance(Number(doubled)) ? 2 : 1;
    const copy = async () => {
      const late = typeof delayMs === 'number' ? delayMs : random.between(...delayMs);
      if (late > 0) await pause(late, stopping);
      if (stopping.aborted) return;
      this.judge(await this.carrier.send(this.call, this.webhook(callback)));
    };
    await Promise.all(Array.from({ length: copies }, copy));
  }

  private webhook({ fields }: Callback) {
    const { statusCallback, direction } = this.call.plan;
    return {
      kind: direction === 'inbound' ? ('number-status' as const) : ('status' as const),
      method: statusCallback?.method ?? 'POST',
      url: statusCallback?.url ?? '',
      fields,
    };
  }

  private judge(delivery: Delivery): void {
    const problem = callbackProblem(delivery);
    if (problem === null || this.carrier.stopping.aborted) return;
    this.carrier.alert({ ...problem, callSid: this.call.sid });
  }
}

/** What the Debugger says about the reply to a callback (error page 15003; FAQ: a plain 200 is enough). */
export function callbackProblem(
  delivery: Delivery,
): { code: number; level: 'error' | 'warning'; message: string } | null {
  const where = `${delivery.record.kind} callback`;
  if (delivery.kind === 'failed') {
    return { code: delivery.code, level: 'error', message: `${where}: ${delivery.message}` };
  }
  const { status, headers, body } = delivery.reply;
  if (status >= 400) {
    return { code: 15_003, level: 'warning', message: `${where} answered HTTP ${status}` };
  }
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (status !== 204 && body.length > 0 && !/^(text\/|application\/xml$)/.test(type)) {
    return { code: 12_300, level: 'warning', message: `${where} answered ${type || 'no type'}` };
  }
  return null;
}
