import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../../test/support/patience.js';
import { PUBLIC_ORIGIN } from '../spec-gateway.js';
import { OURS, SpecPair } from '../spec-carrier.js';
import type { SimulatedCall } from './simulated-call.js';

const PERSON = '+14155550188';

let pair: SpecPair;
beforeEach(async () => {
  pair = await SpecPair.start();
  pair.carrier.behave(PERSON, { ringMs: 20 });
});
afterEach(() => pair.stop());

const dialTwiml = (attributes = '', number = ''): string =>
  `<Response><Dial action="${PUBLIC_ORIGIN}/action" ${attributes}><Number statusCallback="${PUBLIC_ORIGIN}/leg" statusCallbackEvent="initiated ringing answered completed" ${number}>${PERSON}</Number></Dial></Response>`;

/** A call with a live stream that is told to dial. */
async function dialling(twiml: string): Promise<SimulatedCall> {
  const call = await pair.dial();
  await call.streamStarted;
  await pair.update(call, { Twiml: twiml });
  return call;
}
const personOf = (): Promise<SimulatedCall> => pair.carrier.waitForCall(({ to }) => to === PERSON);
const seen = (path: string) =>
  pair.gateway.seen(path).map(({ fields }) => Object.fromEntries(fields));

describe('<Dial>', () => {
  it('ends the stream, calls the person, and lets both hear each other', async () => {
    const call = await dialling(dialTwiml());
    const person = await personOf();
    await until(() => (call.bridges[0]?.said.person.length ?? 0) > 5);
    expect(call.stream?.open).toBe(false);
    expect(person).toMatchObject({ direction: 'outbound-dial', from: OURS });
    person.hangUp();
    await call.settled;
    await person.settled;
    const [bridge] = call.bridges;
    expect(bridge?.heardBy(call)).toEqual(Buffer.concat(bridge?.said.person ?? []));
    expect(bridge?.heardBy(person)).toEqual(Buffer.concat(bridge?.said.caller ?? []));
    expect(bridge?.said.person).toEqual(person.bridges[0]?.said.person);
    expect(seen('/action')).toMatchObject([
      {
        CallSid: call.sid,
        CallStatus: 'in-progress',
        DialCallStatus: 'completed',
        DialCallSid: person.sid,
        DialBridged: 'true',
      },
    ]);
    expect(seen('/leg').map(({ CallStatus }) => CallStatus)).toEqual([
      'initiated',
      'ringing',
      'in-progress',
      'completed',
    ]);
    expect(seen('/leg')[0]).toMatchObject({
      CallSid: person.sid,
      ParentCallSid: call.sid,
      Direction: 'outbound-dial',
    });
    expect(pair.gateway.requests.every(({ signed }) => signed)).toBe(true);
    expect(pair.codes).toEqual([]);
  });

  it.each([
    ['busy', 'busy'],
    ['no-answer', 'no-answer'],
    ['failed', 'failed'],
    ['reject', 'failed'],
  ] as const)('to a phone that is %s tells %s', async (outcome, status) => {
    pair.carrier.behave(PERSON, { outcome, ringMs: 10 });
    const call = await dialling(dialTwiml());
    await call.settled;
    const [told] = seen('/action');
    expect(told).toMatchObject({ DialCallStatus: status, DialBridged: 'false' });
    expect(told).not.toHaveProperty('DialCallDuration');
    expect(call.bridges).toEqual([]);
  });

  it('has the person hear what the URL of the number says, and connects them afterwards', async () => {
    pair.gateway.replies['/whisper'] = {
      status: 200,
      type: 'text/xml',
      body: '<Response><Say>A caller.</Say></Response>',
    };
    const call = await dialling(dialTwiml('', `url="${PUBLIC_ORIGIN}/whisper"`));
    await until(() => call.bridges.length > 0);
    const person = await personOf();
    expect(person.spoken).toEqual(['A caller.']);
    expect(seen('/whisper')).toMatchObject([{ CallSid: person.sid, ParentCallSid: call.sid }]);
    call.hangUp();
    expect(await person.ended).toBe('completed');
    await call.settled;
    expect(seen('/action')).toMatchObject([{ CallStatus: 'completed', DialBridged: 'true' }]);
  });

  it('a person who hangs up before that was not connected', async () => {
    pair.carrier.behave(PERSON, { ringMs: 10, hangUpAfterMs: 1 });
    pair.gateway.replies['/whisper'] = {
      status: 200,
      type: 'text/xml',
      body: `<Response><Say>${'x'.repeat(500)}</Say></Response>`,
    };
    const call = await dialling(dialTwiml('', `url="${PUBLIC_ORIGIN}/whisper"`));
    await call.settled;
    expect(seen('/action')).toMatchObject([{ DialCallStatus: 'completed', DialBridged: 'false' }]);
  });

  it.each([
    ['a number of somebody else’s', 'callerId="+14155550999"', '', 13_214],
    ['a time-out that is none', 'timeout="0"', '', 12_200],
    ['an attribute that it does not have', 'ring="1"', '', 12_200],
    ['an event that there is not', '', 'statusCallbackEvent="busy"', 12_200],
  ])('warns of %s', async (_what, attributes, number, code) => {
    const twiml = dialTwiml(attributes, number).replace(
      / statusCallbackEvent="initiated ringing answered completed"/,
      number === '' ? '$&' : '',
    );
    const call = await dialling(twiml);
    if (code === 13_214) await call.settled;
    expect(pair.codes).toEqual([code]);
  });

  it('fails where the number is none', async () => {
    const call = await dialling(dialTwiml().replace(PERSON, '5550188'));
    await call.settled;
    expect(seen('/action')).toMatchObject([{ DialCallStatus: 'failed' }]);
    expect(pair.codes).toEqual([13_224]);
  });

  it('is cut short by other instructions, and its action is not asked', async () => {
    pair.carrier.behave(PERSON, { ringMs: 60_000 });
    const call = await dialling(dialTwiml());
    const person = await personOf();
    await until(() => person.status === 'ringing');
    await pair.update(call, { Twiml: '<Response><Say>Sorry.</Say></Response>' });
    expect(await person.ended).toBe('canceled');
    await call.settled;
    expect([call.spoken, seen('/action')]).toEqual([['Sorry.'], []]);
  });
});
