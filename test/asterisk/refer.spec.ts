import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PEER_NUMBER, PERSON_NUMBER } from '../../tools/asterisk/config-files.js';
import { tones } from '../../tools/asterisk/likeness.js';
import { Phone } from '../../tools/asterisk/phone.js';
import { SipPeer } from '../../tools/asterisk/sip-peer.js';
import type { CallJson } from '../support/api.js';
import { until } from '../support/patience.js';
import { AsteriskBench, OUR_NUMBER, whyNone } from './support/asterisk-bench.js';
import { AsteriskCalls, expectAlike, secondsOfSound } from './support/asterisk-calls.js';

const none = await whyNone();
/** What the person says. */
const WORDS = tones(60, 5);

/** Each step of the call's transfers, with the reason and the SIP status of a failure. */
function story({ events }: CallJson): string[] {
  return events
    .filter(({ type }) => type === 'transfer')
    .map(({ detail }) =>
      [detail['step'], detail['reason'], detail['sip_code']].filter(Boolean).join(' '),
    );
}

(none === null ? describe : describe.skip)('a transfer by SIP REFER, between real phones', () => {
  let bench: AsteriskBench;
  let calls: AsteriskCalls;
  let person: Phone;
  let echo: number;

  const startAs = async (app: string): Promise<void> => {
    await bench.stopService();
    const referTo = `sip:{number}@127.0.0.1:${bench.asterisk.ports.sip}`;
    await bench.startService({ ASTERISK_REFER_TO: referTo, ASTERISK_APP: app });
    await calls.ready();
  };

  beforeAll(async () => {
    bench = await AsteriskBench.start();
    person = await Phone.person(bench.asterisk, WORDS);
    calls = new AsteriskCalls(bench);
    echo = await calls.workflow({ name: 'Echo', agent: 'echo' });
    await calls.claim(echo);
    await startAs('patchbay');
  });
  afterAll(async () => {
    await person.stop();
    await bench.stop();
  });
  beforeEach(() => {
    bench.phone.forget();
    person.forget();
  });
  afterEach(() =>
    until(
      async () => (await bench.asterisk.ari<unknown[]>('/channels')).length === 0,
      'nothing is left in Asterisk',
    ),
  );

  const transfer = async (run: CallJson): Promise<void> => {
    const path = `/telephony/calls/${run.workflow_run_id}/transfer`;
    const reply = await calls.api.request('POST', path, { to: PERSON_NUMBER });
    expect(reply).toMatchObject({ status: 202 });
  };
  const tell = (run: CallJson, ...steps: string[]): Promise<CallJson> =>
    calls.api.until(run.workflow_run_id, (call) => story(call).join() === steps.join());
  const agentIsHeardAgain = async (run: CallJson): Promise<void> => {
    await calls.become(run, { status: 'answered', streaming: true });
    const before = bench.phone.recording().length;
    await until(
      () => secondsOfSound(bench.phone.recording().subarray(before)) > 4,
      'the agent is heard again',
    );
    expectAlike(bench.plays, bench.phone.recording().subarray(-24_000));
  };

  it.each(['that we placed', 'that came in'])(
    'of a call %s: the two talk without us, and our side is over',
    async (which) => {
      const run =
        which === 'that came in'
          ? await calls.become(await calls.dialIn(OUR_NUMBER), { streaming: true })
          : await calls.talking(echo);
      await calls.heardEnough();
      await transfer(run);
      await person.heard('CALL_INCOMING');
      await calls.become(run, { status: 'answered', streaming: false });
      person.command('accept');
      const over = await calls.become(run, { status: 'completed', end_reason: 'transferred' });
      expect(story(over)).toEqual(['started', 'answered', 'ended']);
      // Both of the phone's calls write the same file: what it hears now stands there alone after the end of the first.
      await bench.phone.heard('CALL_CLOSED');
      const since = [bench.phone, person].map((phone) => phone.recording().length);
      await until(
        () =>
          [bench.phone, person].every(
            (phone, at) => phone.recording().length > (since[at] ?? 0) + 5 * 8_000,
          ),
        'both have heard enough',
      );
      expectAlike(WORDS, bench.phone.recording().subarray(-24_000));
      expectAlike(bench.plays, person.recording().subarray(-24_000));
      person.command('hangup');
      await bench.phone.heard('CALL_CLOSED');
    },
  );

  it('to a person who is busy: the caller is with the agent again', async () => {
    const run = await calls.talking(echo);
    await transfer(run);
    await person.heard('CALL_INCOMING');
    person.command('hangup');
    await tell(run, 'started', 'failed busy 486');
    await agentIsHeardAgain(run);
    await calls.hangUp(run);
    await calls.become(run, { status: 'completed', end_reason: 'api_hangup' });
  });

  it('which the other side refuses: the caller is with the agent again', async () => {
    const peer = await SipPeer.start(bench.asterisk, { refusesReferral: 603, reason: 'Decline' });
    const run = await calls.place(echo, { to: PEER_NUMBER });
    await calls.become(run, { status: 'answered', streaming: true });
    await transfer(run);
    await tell(run, 'started', 'failed failed 603');
    await calls.become(run, { status: 'answered', streaming: true });
    await calls.hangUp(run);
    await calls.become(run, { status: 'completed', end_reason: 'api_hangup' });
    await peer.stop();
  });
});
