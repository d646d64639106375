import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { wavOf } from '../../src/audio/wav.js';
import { NOBODYS_NUMBER, PERSON_NUMBER } from '../../tools/asterisk/config-files.js';
import { likeness, tones } from '../../tools/asterisk/likeness.js';
import { Phone } from '../../tools/asterisk/phone.js';
import type { CallJson } from '../support/api.js';
import { LONG, until } from '../support/patience.js';
import { AsteriskBench, OUR_NUMBER, whyNone } from './support/asterisk-bench.js';
import { AsteriskCalls, expectAlike, secondsOfSound } from './support/asterisk-calls.js';

const none = await whyNone();
/** What the person says. */
const WORDS = tones(60, 5);
const ANNOUNCEMENT = tones(2, 6);
/** A sound of ours, longer than what is sent to Asterisk at once. */
const OWN_SECONDS = 13;
const OWN = tones(OWN_SECONDS, 7);

/** What the timeline tells of transfers: each step, with the reason of a failure. */
function story({ events }: CallJson): string[] {
  return events
    .filter(({ type }) => type === 'transfer')
    .map(({ detail }) => [detail['step'], detail['reason']].filter(Boolean).join(' '));
}

(none === null ? describe : describe.skip)('a transfer between two real phones', () => {
  let bench: AsteriskBench;
  let calls: AsteriskCalls;
  let person: Phone;
  let echo: number;

  beforeAll(async () => {
    bench = await AsteriskBench.start();
    person = await Phone.person(bench.asterisk, WORDS);
    bench.asterisk.addSound('patchbay-tests', ANNOUNCEMENT);
    calls = new AsteriskCalls(bench);
    echo = await calls.workflow({
      name: 'Echo',
      agent: 'echo',
      transfer_targets: [{ name: 'Sales', to: PERSON_NUMBER }],
    });
    await calls.claim(echo);
    await upload('a-caller.wav', OWN);
    await calls.ready();
  });
  afterAll(async () => {
    await person.stop();
    await bench.stop();
  });
  beforeEach(() => {
    bench.phone.forget();
    person.forget();
  });
  afterEach(async () => {
    let left: string[] = [];
    const isClean = async (): Promise<boolean> => {
      const channels = await bench.asterisk.ari<Array<{ id: string }>>('/channels');
      const bridges = await bench.asterisk.ari<Array<{ id: string }>>('/bridges');
      left = [...channels, ...bridges].map(({ id }) => id);
      return left.length === 0;
    };
    await until(isClean, 'nothing is left in Asterisk').catch((cause: unknown) => {
      throw new Error(`left in Asterisk: ${left.join(', ')}`, { cause });
    });
  });

  const upload = async (name: string, samples: Int16Array): Promise<void> => {
    const reply = await fetch(`${bench.url}/api/v1/sounds?name=${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${calls.api.key}`, 'content-type': 'audio/wav' },
      body: Uint8Array.from(wavOf(samples)),
    });
    expect(reply.status).toBe(201);
  };
  const transfer = async (run: CallJson, body: Record<string, unknown>): Promise<void> => {
    const path = `/telephony/calls/${run.workflow_run_id}/transfer`;
    expect(await calls.api.request('POST', path, body)).toMatchObject({ status: 202 });
  };
  const tell = (run: CallJson, ...steps: string[]): Promise<CallJson> =>
    calls.api.until(run.workflow_run_id, (call) => story(call).join() === steps.join());
  /** The last seconds that a phone has heard, beside what the other had played by then. */
  const expectHeard = (by: Phone, from: Phone, plays: Int16Array): void => {
    const LAST = 3 * 8_000;
    // Half a second of room: what is heard is looked for up to a second before its place.
    const played = Math.max(0, from.recording().length - LAST - 4_000);
    expectAlike(plays.subarray(played), by.recording().subarray(-LAST));
  };
  const bothHear = async (): Promise<void> => {
    const isLoud = (phone: Phone): boolean =>
      secondsOfSound(phone.recording().subarray(-4 * 8_000)) > 2;
    const since = [bench.phone, person].map((phone) => phone.recording().length);
    await until(
      () =>
        [bench.phone, person].every(
          (phone, at) => phone.recording().length > (since[at] ?? 0) + 5 * 8_000 && isLoud(phone),
        ),
      'both have heard enough',
    );
    expectHeard(bench.phone, person, WORDS);
    expectHeard(person, bench.phone, bench.plays);
  };

  it.each([
    ['the person', 'ended'],
    ['the caller', 'ended'],
  ])('blindly: they hear each other, until %s hangs up', async (who) => {
    const run = await calls.talking(echo);
    await calls.heardEnough();
    await transfer(run, { to: 'Sales' });
    await person.heard('CALL_INCOMING');
    await calls.become(run, { status: 'answered', streaming: false });
    person.command('accept');
    await tell(run, 'started', 'answered');
    await bothHear();
    (who === 'the person' ? person : bench.phone).command('hangup');
    await (who === 'the person' ? bench.phone : person).heard('CALL_CLOSED');
    const ended = await calls.become(run, { status: 'completed', end_reason: 'transferred' });
    expect(story(ended)).toEqual(['started', 'answered', 'ended']);
    const { body } = await calls.api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?number=${encodeURIComponent(PERSON_NUMBER)}`,
    );
    expect(body.data).toEqual([]);
  });

  it('the agent is out of the audio at once', async () => {
    const run = await calls.talking(echo);
    await calls.heardEnough();
    const bridge = async (): Promise<string[]> => {
      const [one] = await bench.asterisk.ari<Array<{ channels: string[] }>>('/bridges');
      return one?.channels ?? [];
    };
    expect(await bridge()).toHaveLength(2);
    const askedAt = performance.now();
    await transfer(run, { to: PERSON_NUMBER });
    await until(async () => !(await bridge()).some((id) => id.includes('-media-')), 'it is out');
    const tookMs = performance.now() - askedAt;
    process.stderr.write(
      `the agent was out of the audio ${tookMs.toFixed(0)} ms after the request\n`,
    );
    if (LONG) expect(tookMs).toBeLessThan(200);
    await person.heard('CALL_INCOMING');
    await calls.hangUp(run);
    await person.heard('CALL_CLOSED');
    expect(story(await calls.become(run, { end_reason: 'api_hangup' }))).toEqual([
      'started',
      'failed call_ended',
    ]);
  });

  it('after an announcement, which only the person hears', async () => {
    const run = await calls.dialIn(OUR_NUMBER);
    await calls.become(run, { status: 'answered', streaming: true });
    await transfer(run, { to: PERSON_NUMBER, announce: { sound: 'patchbay-tests' } });
    await person.heard('CALL_INCOMING');
    person.command('accept');
    await tell(run, 'started', 'answered');
    await bothHear();
    // The announcement came first, and the caller has heard none of it.
    const first = person.recording().subarray(0, 2 * 8_000);
    expect(likeness(ANNOUNCEMENT, first).atBest).toBeGreaterThan(0.95);
    expect(likeness(ANNOUNCEMENT, bench.phone.recording()).correlation).toBeLessThan(0.9);
    person.command('hangup');
    await bench.phone.heard('CALL_CLOSED');
    await calls.become(run, { status: 'completed', end_reason: 'transferred' });
  });

  it('after a sound of ours, which only the person hears to its end', async () => {
    const run = await calls.dialIn(OUR_NUMBER);
    await calls.become(run, { status: 'answered', streaming: true });
    await transfer(run, { to: PERSON_NUMBER, announce: { sound: 'a-caller.wav' } });
    await person.heard('CALL_INCOMING');
    person.command('accept');
    await tell(run, 'started', 'answered');
    const begin = (): Int16Array => person.recording().subarray(0, (OWN_SECONDS - 3) * 8_000);
    await until(
      () => begin().length === (OWN_SECONDS - 3) * 8_000 && likeness(OWN, begin()).atBest > 0.95,
      'most of it was heard',
    );
    // The caller hears it ring meanwhile.
    const ringing = bench.phone.recording();
    await bothHear();
    const heard = person.recording().subarray(0, OWN_SECONDS * 8_000);
    expectAlike(OWN, heard);
    expect(likeness(OWN, ringing).correlation).toBeLessThan(0.9);
    expect(likeness(WORDS, ringing).correlation).toBeLessThan(0.9);
    person.command('hangup');
    await bench.phone.heard('CALL_CLOSED');
    const ended = await calls.become(run, { status: 'completed', end_reason: 'transferred' });
    expect(ended.events.filter(({ type }) => type === 'other')).toEqual([]);
  });

  it.each([
    ['the person', 'failed failed'],
    ['the caller', 'ended'],
  ])('while a sound of ours is heard, and %s hangs up', async (who, failure) => {
    const run = await calls.talking(echo);
    await transfer(run, { to: PERSON_NUMBER, announce: { sound: 'a-caller.wav' } });
    await person.heard('CALL_INCOMING');
    person.command('accept');
    await until(
      () => likeness(OWN, person.recording().subarray(0, 8_000)).atBest > 0.95,
      'it is being heard',
    );
    const isPerson = who === 'the person';
    (isPerson ? person : bench.phone).command('hangup');
    if (isPerson) await calls.become(run, { status: 'answered', streaming: true });
    else await person.heard('CALL_CLOSED');
    await tell(run, 'started', 'answered', failure);
    await calls.hangUp(run);
    await calls.ended(run);
  });

  it.each([0, 30, 60, 90, 120, 150, 200, 250])(
    'before a sound of ours is heard the caller hangs up, %i ms after the person has answered',
    async (ms) => {
      const run = await calls.talking(echo);
      await transfer(run, { to: PERSON_NUMBER, announce: { sound: 'a-caller.wav' } });
      await person.heard('CALL_INCOMING');
      person.command('accept');
      await sleep(ms);
      bench.phone.command('hangup');
      await person.heard('CALL_CLOSED');
      await calls.ended(run);
    },
  );

  it('a sound of ours is cut off where the service dies while it is heard', async () => {
    const run = await calls.talking(echo);
    await transfer(run, { to: PERSON_NUMBER, announce: { sound: 'a-caller.wav' } });
    await person.heard('CALL_INCOMING');
    person.command('accept');
    await until(
      () => likeness(OWN, person.recording().subarray(0, 8_000)).atBest > 0.95,
      'it is being heard',
    );
    await bench.stopService();
    await bench.startService();
    await bothHear();
    bench.phone.command('hangup');
    await person.heard('CALL_CLOSED');
    await calls.become(run, { status: 'completed', end_reason: 'transferred' });
  });

  it('a sound of ours is left out, and that is told, where the service dies while it rings', async () => {
    const run = await calls.talking(echo);
    await transfer(run, { to: PERSON_NUMBER, announce: { sound: 'a-caller.wav' } });
    await person.heard('CALL_INCOMING');
    await bench.stopService();
    await bench.startService();
    await calls.ready();
    person.command('accept');
    await bothHear();
    person.command('hangup');
    await bench.phone.heard('CALL_CLOSED');
    const ended = await calls.become(run, { status: 'completed', end_reason: 'transferred' });
    const told = ended.events.find(({ type }) => type === 'other');
    expect(told?.detail).toMatchObject({ announcement: 'not_heard' });
  });

  it('a sound that nobody has is refused', async () => {
    const run = await calls.talking(echo);
    const path = `/telephony/calls/${run.workflow_run_id}/transfer`;
    const wish = { to: PERSON_NUMBER, announce: { sound: 'nobody.wav' } };
    expect(await calls.api.request('POST', path, wish)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'announce' }] },
    });
    await calls.hangUp(run);
    await bench.phone.heard('CALL_CLOSED');
  });

  it.each([
    ['declines', 'failed busy'],
    ['does not answer', 'failed no_answer'],
    ['does not exist', 'failed failed'],
  ])('to a person who %s: the caller is with the agent again', async (what, failure) => {
    const run = await calls.talking(echo);
    const to = what === 'does not exist' ? NOBODYS_NUMBER : PERSON_NUMBER;
    await transfer(run, { to, timeout_seconds: 5 });
    if (what === 'declines') {
      await person.heard('CALL_INCOMING');
      person.command('hangup');
    }
    await tell(run, 'started', failure);
    await calls.become(run, { status: 'answered', streaming: true });
    const before = bench.phone.recording().length;
    await until(
      () => secondsOfSound(bench.phone.recording().subarray(before)) > 4,
      'the agent is heard again',
    );
    expectHeard(bench.phone, bench.phone, bench.plays);
    await calls.hangUp(run);
    await bench.phone.heard('CALL_CLOSED');
    await calls.become(run, { status: 'completed', end_reason: 'api_hangup' });
  });

  it('of a caller who hangs up while it rings', async () => {
    const run = await calls.talking(echo);
    await transfer(run, { to: PERSON_NUMBER });
    await person.heard('CALL_INCOMING');
    bench.phone.command('hangup');
    await person.heard('CALL_CLOSED');
    const ended = await calls.become(run, { status: 'completed', end_reason: 'caller_hangup' });
    expect(story(ended)).toEqual(['started', 'failed call_ended']);
  });

  it('goes on when the service dies and is there again', async () => {
    const run = await calls.talking(echo);
    await transfer(run, { to: PERSON_NUMBER });
    await person.heard('CALL_INCOMING');
    person.command('accept');
    await tell(run, 'started', 'answered');
    await bench.stopService();
    await bench.startService();
    await bothHear();
    person.command('hangup');
    await bench.phone.heard('CALL_CLOSED');
    await calls.become(run, { status: 'completed', end_reason: 'transferred' });
  });

  it('ends while the service is down: of its bridge nothing is left', async () => {
    const run = await calls.talking(echo);
    await transfer(run, { to: PERSON_NUMBER });
    await person.heard('CALL_INCOMING');
    person.command('accept');
    await tell(run, 'started', 'answered');
    await bothHear();
    await bench.stopService();
    person.command('hangup');
    bench.phone.command('hangup');
    await bench.phone.heard('CALL_CLOSED');
    expect(await bench.asterisk.ari<unknown[]>('/bridges')).toHaveLength(1);
    await bench.startService();
    await calls.become(run, { status: 'completed' });
  });
});
