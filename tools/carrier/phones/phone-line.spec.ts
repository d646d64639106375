import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { OURS, sleep, SpecPair } from '../spec-carrier.js';
import { until } from '../../../test/support/patience.js';

type Told = Record<string, unknown>;

/** A phone in a person's hand. */
class HeldPhone {
  readonly told: Told[] = [];
  readonly heard: Buffer[] = [];
  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.heard.push(data);
      else this.told.push(JSON.parse(data.toString()) as Told);
    });
  }

  static connect({ carrier }: SpecPair): HeldPhone {
    const { baseUrl, accountSid, authToken } = carrier;
    const auth = `${accountSid}:${authToken}`;
    return new HeldPhone(new WebSocket(`${baseUrl.replace('http', 'ws')}/control/phone`, { auth }));
  }

  async until(event: string): Promise<Told> {
    for (;;) {
      const told = this.told.find((one) => one['event'] === event);
      if (told) return told;
      await once(this.socket, 'message');
    }
  }

  say(message: Told): void {
    this.socket.send(JSON.stringify(message));
  }
}

describe('a phone that somebody holds', () => {
  let pair: SpecPair;
  let phone: HeldPhone;
  let number = '';

  beforeEach(async () => {
    pair = await SpecPair.start();
    phone = HeldPhone.connect(pair);
    number = String((await phone.until('ready'))['number']);
  });
  afterEach(async () => {
    phone.socket.terminate();
    await pair.stop();
  });

  it('rings, is answered, and carries audio both ways', async () => {
    const call = await pair.dial({ To: number });
    expect(await phone.until('ringing')).toMatchObject({ call_sid: call.sid });
    await sleep(50);
    expect(call.status).toBe('ringing');
    phone.say({ event: 'answer' });
    await phone.until('answered');
    const stream = await call.streamStarted;
    for (let n = 0; n < 10; n += 1) phone.socket.send(Buffer.alloc(160, 7));
    const sevens = (): number =>
      Buffer.concat(phone.heard).filter((byte) => byte === 7).length / 160;
    await until(() => sevens() >= 10);
    expect(sevens()).toBe(10);
    phone.say({ event: 'digits', digits: '5#' });
    const keys = () => pair.gateway.messages.filter((message) => message['event'] === 'dtmf');
    await until(() => keys().length >= 2);
    expect(keys()).toMatchObject([{ dtmf: { digit: '5' } }, { dtmf: { digit: '#' } }]);
    phone.say({ event: 'hangup' });
    expect(await phone.until('ended')).toEqual({ event: 'ended', status: 'completed' });
    expect(await stream.ended).toBe('stopped');
    expect(pair.carrier.violations).toEqual([]);
  });

  it('declines, or does not answer in time', async () => {
    const declined = await pair.dial({ To: number });
    await phone.until('ringing');
    phone.say({ event: 'hangup' });
    expect(await declined.ended).toBe('busy');
    const missed = await pair.dial({ To: number, Timeout: '1' });
    expect(await missed.ended).toBe('no-answer');
  });

  it('is busy while it is in a call', async () => {
    const first = await pair.dial({ To: number });
    await phone.until('ringing');
    expect(await (await pair.dial({ To: number })).ended).toBe('busy');
    expect(first.status).toBe('ringing');
  });

  it('hangs up when its socket closes, and its number is free again', async () => {
    const call = await pair.dial({ To: number });
    await phone.until('ringing');
    phone.say({ event: 'answer' });
    await call.streamStarted;
    phone.socket.terminate();
    expect(await call.ended).toBe('completed');
    const next = HeldPhone.connect(pair);
    expect((await next.until('ready'))['number']).toBe(number);
    next.socket.terminate();
  });

  it('hears what a <Say> says as text', async () => {
    pair.gateway.twiml = '<Response><Say>Good morning</Say></Response>';
    await pair.dial({ To: number });
    await phone.until('ringing');
    phone.say({ event: 'answer' });
    expect(await phone.until('spoken')).toEqual({ event: 'spoken', text: 'Good morning' });
  });

  it('ignores messages that it does not understand', async () => {
    for (const text of ['', 'garbage', '[]', '{"event":"digits","digits":"x"}', '{"event":7}']) {
      phone.socket.send(text);
    }
    phone.say({ event: 'answer' });
    phone.say({ event: 'hangup' });
    const call = await pair.dial({ To: number });
    await phone.until('ringing');
    expect(call.status).toBe('ringing');
  });

  describe('and dials', () => {
    const twiml = (verbs: string): string => `<Response>${verbs}</Response>`;
    const dial = (to: unknown): void => phone.say({ event: 'dial', to });

    it('is answered, and carries audio and keys both ways', async () => {
      dial(OURS);
      const { call_sid: sid } = await phone.until('dialled');
      await phone.until('answered');
      const call = pair.carrier.findCall(String(sid));
      const stream = await call?.streamStarted;
      expect(call).toMatchObject({ direction: 'inbound', from: number, to: OURS });
      for (let n = 0; n < 10; n += 1) phone.socket.send(Buffer.alloc(160, 7));
      const sevens = (): number => Buffer.concat(phone.heard).filter((byte) => byte === 7).length;
      await until(() => sevens() >= 1_600);
      phone.say({ event: 'digits', digits: '5' });
      await until(() => pair.gateway.messages.some(({ event }) => event === 'dtmf'));
      phone.say({ event: 'hangup' });
      expect(await phone.until('ended')).toEqual({ event: 'ended', status: 'completed' });
      expect(await stream?.ended).toBe('stopped');
      expect(pair.carrier.violations).toEqual([]);
    });

    it('a number that the account does not have, as a call to the account', async () => {
      dial('+4930901820');
      await phone.until('dialled');
      await until(() => pair.gateway.seen('/voice').length > 0);
      const [asked] = pair.gateway.seen('/voice');
      expect([asked?.fields.get('To'), asked?.fields.get('From')]).toEqual(['+4930901820', number]);
      expect(asked?.fields.get('CallStatus')).toBe('ringing');
    });

    it.each([
      ['<Reject/>', 'no-answer', 'rejected'],
      ['<Reject reason="busy"/>', 'busy', 'busy'],
    ])('is told that it was refused: %s', async (verbs, status, refused) => {
      pair.gateway.twiml = twiml(verbs);
      dial(OURS);
      expect(await phone.until('ended')).toEqual({ event: 'ended', status, refused });
      expect(phone.told.map(({ event }) => event)).not.toContain('answered');
    });

    it('gives up before it is answered', async () => {
      pair.gateway.twiml = twiml('<Pause length="60"/>');
      dial(OURS);
      await phone.until('dialled');
      phone.say({ event: 'hangup' });
      expect(await phone.until('ended')).toEqual({ event: 'ended', status: 'no-answer' });
    });

    it.each(['0', '+0', 'sip:a@b', 7, null])('nobody under %j', async (to) => {
      dial(to);
      const ended = { event: 'ended', status: 'failed', refused: 'unreachable' };
      expect(await phone.until('ended')).toEqual(ended);
      expect(pair.carrier.calls).toEqual([]);
    });

    it('one call at a time, and is busy meanwhile', async () => {
      pair.gateway.twiml = twiml('<Pause length="60"/>');
      dial(OURS);
      await phone.until('dialled');
      dial(OURS);
      expect(await (await pair.dial({ To: number })).ended).toBe('busy');
      expect(phone.told.filter(({ event }) => event === 'dialled')).toHaveLength(1);
    });
  });

  it('needs the account’s credentials', async () => {
    const stranger = new WebSocket(`${pair.carrier.baseUrl.replace('http', 'ws')}/control/phone`);
    const [, response] = (await once(stranger, 'unexpected-response')) as [
      unknown,
      { statusCode: number },
    ];
    expect(response.statusCode).toBe(401);
    stranger.on('error', () => undefined);
    stranger.terminate();
  });
});
