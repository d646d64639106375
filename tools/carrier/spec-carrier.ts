import type { SimulatedCall } from './calls/simulated-call.js';
import type { CarrierOptions } from './carrier-options.js';
import { SimulatedCarrier } from './simulated-carrier.js';
import { PUBLIC_ORIGIN, SpecGateway } from './spec-gateway.js';

export const OURS = '+12025550100';
export const THEIRS = '+14155550123';
const TOKEN = 'a-secret';

export const STREAM_TWIML = `<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect action="${PUBLIC_ORIGIN}/action"><Stream url="wss://gateway.example/ws/1/2/3"><Parameter name="token" value="t-1"/></Stream></Connect></Response>`;

/** A simulated carrier and a gateway that know each other, for the simulator's own specs. */
export class SpecPair {
  constructor(
    readonly carrier: SimulatedCarrier,
    readonly gateway: SpecGateway,
  ) {}

  static async start(options: CarrierOptions = {}): Promise<SpecPair> {
    const gateway = await new SpecGateway(TOKEN).listen();
    gateway.twiml = STREAM_TWIML;
    const carrier = await SimulatedCarrier.start({
      authToken: TOKEN,
      numbers: [
        {
          phoneNumber: OURS,
          voiceUrl: `${PUBLIC_ORIGIN}/voice`,
          statusCallback: `${PUBLIC_ORIGIN}/number-status`,
        },
      ],
      originMap: { [PUBLIC_ORIGIN]: gateway.origin },
      sayMsPerCharacter: 1,
      ...options,
    });
    return new SpecPair(carrier, gateway);
  }

  async stop(): Promise<void> {
    await this.carrier.stop();
    await this.gateway.close();
  }

  /** Places a call by REST, subscribed to every event. */
  async dial(more: Record<string, string> = {}): Promise<SimulatedCall> {
    const form = new URLSearchParams({
      To: THEIRS,
      From: OURS,
      Url: `${PUBLIC_ORIGIN}/voice`,
      StatusCallback: `${PUBLIC_ORIGIN}/status`,
      ...more,
    });
    if (!('StatusCallbackEvent' in more)) {
      for (const event of ['initiated', 'ringing', 'answered', 'completed']) {
        form.append('StatusCallbackEvent', event);
      }
    }
    return this.post('/Calls.json', form);
  }

  /** Updates a call by REST. */
  update(call: SimulatedCall, fields: Record<string, string>): Promise<SimulatedCall> {
    return this.post(`/Calls/${call.sid}.json`, new URLSearchParams(fields));
  }

  /** `CallStatus` of the requests for a path, in order of arrival. */
  statuses(path: string): Array<string | null> {
    return this.gateway.seen(path).map(({ fields }) => fields.get('CallStatus'));
  }

  get codes(): number[] {
    return this.carrier.violations.map(({ code }) => code);
  }

  private async post(path: string, form: URLSearchParams): Promise<SimulatedCall> {
    const { baseUrl, accountSid, authToken } = this.carrier;
    const credentials = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
    const response = await fetch(`${baseUrl}/2010-04-01/Accounts/${accountSid}${path}`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Basic ${credentials}` },
    });
    const { sid = '', message } = (await response.json()) as { sid?: string; message?: string };
    const call = this.carrier.findCall(sid);
    if (!call) throw new Error(message ?? 'no call');
    return call;
  }
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
