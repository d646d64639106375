import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import type { CallBehaviour } from '../../tools/carrier/calls/call-behaviour.js';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import type { MediaStream } from '../../tools/carrier/media/media-stream.js';
import { Api } from './api.js';
import { EventReceiver } from './event-receiver.js';
import { Instances } from './instances.js';
import { until } from './patience.js';
import { CarrierRequests } from './signed-request.js';
import type { TestStore } from './stores.js';

export interface PlacedCall {
  runId: number;
  to: string;
  call: SimulatedCall;
}

/** Two whole services on one store, and an endpoint that is told what happens to calls. */
export class InstancePair {
  private numbers = 0;

  private constructor(
    readonly instances: Instances,
    readonly receiver: EventReceiver,
    private readonly endpoint: string,
  ) {}

  /** @param env settings of both; @param own settings of each alone */
  static async start(
    store: TestStore,
    env: Record<string, string> = {},
    own: readonly [Record<string, string>, Record<string, string>] = [{}, {}],
  ): Promise<InstancePair> {
    const receiver = new EventReceiver();
    const endpoint = await receiver.start();
    const instances = await Instances.start(store, {
      count: 0,
      env: {
        CREDENTIALS_KEY: randomBytes(32).toString('base64'),
        WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
        STREAM_GRACE_SECONDS: '60',
        ...env,
      },
    });
    for (const settings of own) await instances.add(settings);
    return new InstancePair(instances, receiver, endpoint);
  }

  api(index: number): Api {
    return new Api(this.instances.at(index));
  }

  /** From now on the carrier's requests and streams come to this one. */
  goTo(index: number): void {
    this.instances.pick = () => this.instances.at(index);
  }

  /** Requests of the carrier's that come to this one, by hand. */
  requests(index: number): CarrierRequests {
    return new CarrierRequests({
      url: this.instances.at(index).url,
      carrier: this.instances.carrier,
    });
  }

  /** Events go to the receiver from now on. */
  async subscribe(): Promise<void> {
    const reply = await this.api(0).request('POST', '/webhook-endpoints', { url: this.endpoint });
    expect(reply.status).toBe(201);
  }

  number(behaviour: CallBehaviour = {}): string {
    const to = `+1202555${String((this.numbers += 1)).padStart(4, '0')}`;
    this.instances.carrier.behave(to, behaviour);
    return to;
  }

  /** Places a call through this one; the carrier knows it when this resolves. */
  async dialled(index: number, behaviour: CallBehaviour = {}): Promise<PlacedCall> {
    const to = this.number(behaviour);
    const { workflow_run_id: runId } = await this.api(index).place({ to });
    return { runId, to, call: await this.callTo(to) };
  }

  callTo(to: string): Promise<SimulatedCall> {
    return this.instances.carrier.waitForCall((call) => call.to === to);
  }

  /** Places a call that carries audio both ways, with its stream where the carrier goes to. */
  async live(index: number, behaviour: CallBehaviour = {}): Promise<PlacedCall> {
    const placed = await this.dialled(index, behaviour);
    await this.heard(await placed.call.streamNumber(1));
    return placed;
  }

  async heard(stream: MediaStream): Promise<MediaStream> {
    await until(() => stream.heardAudio.length > 1_600);
    return stream;
  }

  async stop(): Promise<void> {
    await this.instances.stop();
    await this.receiver.stop();
  }
}
