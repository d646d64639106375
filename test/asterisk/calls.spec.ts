import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  NOBODYS_NUMBER,
  PEER_NUMBER,
  PHONE_NUMBER,
  ROUND_NUMBER,
} from '../../tools/asterisk/config-files.js';
import { likeness, tones } from '../../tools/asterisk/likeness.js';
import { wavOf } from '../../src/audio/wav.js';
import { SipPeer } from '../../tools/asterisk/sip-peer.js';
import { LONG, until } from '../support/patience.js';
import { AsteriskBench, OUR_NUMBER, UNCLAIMED_NUMBER, whyNone } from './support/asterisk-bench.js';
import { AsteriskCalls, expectAlike, secondsOfSound } from './support/asterisk-calls.js';
import { PEER_ENDINGS } from './support/endings.js';

const SHORT = tones(2, 8);
const PROMPT = tones(30, 9);

const none = await whyNone();

(none === null ? describe : describe.skip)('a real Asterisk and a real phone', () => {
  let bench: AsteriskBench;
  let calls: AsteriskCalls;
  let mediaDir: string;
  let echo: number;
  let peer: SipPeer | null = null;

  beforeAll(async () => {
    mediaDir = await mkdtemp(join(tmpdir(), 'patchbay-sounds-'));
    await writeFile(join(mediaDir, 'short.wav'), wavOf(SHORT));
    await writeFile(join(mediaDir, 'long.wav'), wavOf(PROMPT));
    bench = await AsteriskBench.start({ MEDIA_DIR: mediaDir });
    calls = new AsteriskCalls(bench);
    echo = await calls.workflow({ name: 'Recorded echo', agent: 'echo', recording: true });
    await calls.claim(echo);
    await calls.ready();
  });
  afterAll(async () => {
    await bench.stop();
    await rm(mediaDir, { recursive: true, force: true });
  });
  beforeEach(() => bench.phone.forget());
  afterEach(async () => {
    await peer?.stop();
    peer = null;
    await until(async () => {
      const channels = await bench.asterisk.ari<unknown[]>('/channels');
      const bridges = await bench.asterisk.ari<unknown[]>('/bridges');
      return channels.length + bridges.length === 0;
    }, 'nothing is left in Asterisk');
  });

  it('leaves the doctor with nothing that is wrong', async () => {
    const { body } = await calls.api.request<{ checks: Array<{ name: string; state: string }> }>(
      'GET',
      '/telephony/diagnostics',
    );
    expect(body.checks.filter(({ state }) => state === 'down')).toEqual([]);
  });

  describe('a call that we place', () => {
    it('rings, is answered, hears and is heard, and ends when the phone hangs up', async () => {
      const run = await calls.place(echo);
      expect(run).toMatchObject({ account: 'asterisk', provider: 'asterisk', from: OUR_NUMBER });
      await bench.phone.heard('CALL_INCOMING');
      await calls.become(run, { status: 'ringing' });
      bench.phone.command('accept');
      await calls.become(run, { status: 'answered', streaming: true });
      await calls.heardEnough();
      bench.phone.command('hangup');
      const ended = await calls.become(run, { status: 'completed', streaming: false });
      expect(ended).toMatchObject({ end_reason: 'caller_hangup', sip_code: null });
      const told = ended.events.filter(
        ({ source, outcome }) => source === 'feed' && outcome === 'applied',
      );
      expect(told.map(({ status }) => status)).toEqual(['ringing', 'answered', 'completed']);
      await calls.expectAudio(ended);
    });

    it('ends when we hang up', async () => {
      const run = await calls.talking(echo);
      await calls.hangUp(run);
      await bench.phone.heard('CALL_CLOSED');
      await calls.become(run, {
        status: 'completed',
        end_reason: 'api_hangup',
        streaming: false,
      });
    });

    it('ends when the agent has said what it had to say, all of which is heard', async () => {
      const workflow = await calls.workflow({
        name: 'Announcement',
        agent: 'announce',
        agent_options: { sound: 'short.wav' },
      });
      const run = await calls.talking(workflow);
      await bench.phone.heard('CALL_CLOSED');
      await calls.become(run, { status: 'completed', end_reason: 'agent_hangup' });
      const heard = bench.phone.recording();
      expectAlike(SHORT, heard);
      // All but a frame at each end, and what a busy machine loses.
      expect(secondsOfSound(heard)).toBeGreaterThan((LONG ? 0.95 : 0.5) * secondsOfSound(SHORT));
    });

    it('presses keys, each of which arrives once at the other end', async () => {
      const waiting = {
        start: 'wait',
        steps: { wait: { keys: { 0: 'wait' }, timeout_seconds: 60 } },
      };
      const caller = await calls.workflow({
        name: 'Caller',
        agent: 'menu',
        agent_options: waiting,
      });
      // Any other key, or one twice, ends it without the fact.
      const step = (key: string, next: string) => ({
        keys: { [key]: next },
        timeout_seconds: 30,
        attempts: 1,
      });
      const ivr = await calls.workflow({
        name: 'Menu at the other end',
        agent: 'menu',
        agent_options: {
          start: 'a',
          steps: {
            a: step('1', 'b'),
            b: step('1', 'c'),
            c: step('D', 'd'),
            d: step('#', 'e'),
            e: { facts: { pressed: '11D#' } },
          },
        },
      });
      const path = `/phone-numbers/${encodeURIComponent(OUR_NUMBER)}?account=asterisk`;
      await calls.api.request('PATCH', path, { workflow_id: ivr });
      try {
        const run = await calls.place(caller, { to: ROUND_NUMBER });
        await calls.become(run, { status: 'answered', streaming: true });
        const other = { workflow_run_id: run.workflow_run_id + 1 };
        await calls.become(other, { direction: 'inbound', status: 'answered', streaming: true });
        const digits = `/telephony/calls/${run.workflow_run_id}/digits`;
        const reply = await calls.api.request('POST', digits, { digits: '11wD#' });
        expect(reply.status).toBe(202);
        const ended = await calls.ended(other);
        expect(ended).toMatchObject({ end_reason: 'agent_hangup', facts: { pressed: '11D#' } });
        const { events } = await calls.ended(run);
        const pressed = events.find(({ type }) => type === 'digits');
        expect(pressed?.detail).toMatchObject({ by: 'api', count: 5, outcome: 'sent' });
      } finally {
        await calls.api.request('PATCH', path, { workflow_id: echo });
      }
    });

    it('hears a digit, which stops what is being said', async () => {
      const workflow = await calls.workflow({
        name: 'Menu',
        agent: 'menu',
        agent_options: {
          start: 'ask',
          steps: {
            ask: { prompt: ['long.wav'], keys: { '5': 'done' } },
            done: { prompt: ['short.wav'], facts: { pressed: 'five' } },
          },
        },
      });
      const run = await calls.talking(workflow);
      await until(() => bench.phone.recording().length > 8_000, 'the prompt is heard');
      bench.phone.command('sndcode', '5');
      await bench.phone.heard('CALL_CLOSED');
      const ended = await calls.become(run, { status: 'completed', end_reason: 'agent_hangup' });
      expect(ended.facts).toMatchObject({ pressed: 'five' });
      const heard = bench.phone.recording();
      // The rest of the prompt would have been in the way for half a minute.
      expect(heard.length).toBeLessThan(10 * 8_000);
      const tail = heard.subarray(-2 * 8_000);
      expect(likeness(SHORT, tail).atBest).toBeGreaterThan(0.95);
    });

    it('is cancelled while it rings', async () => {
      const run = await calls.place(echo);
      await bench.phone.heard('CALL_INCOMING');
      await calls.become(run, { status: 'ringing' });
      await calls.hangUp(run);
      await bench.phone.heard('CALL_CLOSED');
      // The reason is whose wish it was.
      await calls.become(run, { status: 'canceled' });
    });

    it('is declined by the phone', async () => {
      const run = await calls.place(echo);
      await bench.phone.heard('CALL_INCOMING');
      bench.phone.command('hangup');
      expect(await calls.ended(run)).toMatchObject({ status: 'busy', sip_code: 486 });
    });

    it('is not answered in time', async () => {
      peer = await SipPeer.start(bench.asterisk, { rings: true });
      const run = await calls.place(echo, { to: PEER_NUMBER, ring_timeout_seconds: 5 });
      expect(await calls.ended(run)).toMatchObject({
        status: 'no-answer',
        end_reason: 'no_answer',
      });
    });

    it('leads to where nobody is', async () => {
      const run = await calls.place(echo, { to: NOBODYS_NUMBER, ring_timeout_seconds: 5 });
      const ended = await calls.ended(run);
      expect(ended).toMatchObject({ status: 'failed', end_reason: 'failed' });
      expect(ended.events.at(-1)?.detail).toMatchObject({ unreachable: true });
    });

    it.each(PEER_ENDINGS)('is refused: $peer.refuses $peer.reason', async (ending) => {
      peer = await SipPeer.start(bench.asterisk, ending.peer);
      const run = await calls.place(echo, { to: PEER_NUMBER });
      expect(await calls.ended(run)).toMatchObject({
        status: ending.status,
        end_reason: ending.endReason,
        sip_code: ending.sipCode,
        answered_at: null,
      });
    });
  });

  describe('a call that comes in', () => {
    it('is answered, hears and is heard, and ends when the phone hangs up', async () => {
      const run = await calls.dialIn(OUR_NUMBER);
      expect(run).toMatchObject({ direction: 'inbound', to: OUR_NUMBER, from: PHONE_NUMBER });
      await bench.phone.heard('CALL_ESTABLISHED');
      await calls.become(run, { status: 'answered', streaming: true });
      await calls.heardEnough();
      bench.phone.command('hangup');
      const ended = await calls.become(run, { status: 'completed', streaming: false });
      expect(ended.end_reason).toBe('caller_hangup');
      await calls.expectAudio(ended);
    });

    it('at an extension is for the number that the dialplan names', async () => {
      const run = await calls.dialIn('100');
      expect(run.to).toBe(OUR_NUMBER);
      await calls.become(run, { status: 'answered', streaming: true });
      await calls.hangUp(run);
      await bench.phone.heard('CALL_CLOSED');
      await calls.become(run, { status: 'completed', end_reason: 'api_hangup' });
    });

    it('ends when the agent hangs up', async () => {
      const workflow = await calls.workflow({
        name: 'Greeting',
        agent: 'announce',
        agent_options: { sound: 'short.wav' },
      });
      const { status } = await calls.api.request(
        'PATCH',
        `/phone-numbers/${encodeURIComponent(OUR_NUMBER)}?account=asterisk`,
        { workflow_id: workflow },
      );
      expect(status).toBe(200);
      const run = await calls.dialIn(OUR_NUMBER);
      await bench.phone.heard('CALL_ESTABLISHED');
      await bench.phone.heard('CALL_CLOSED');
      await calls.become(run, { status: 'completed', end_reason: 'agent_hangup' });
      expectAlike(SHORT, bench.phone.recording());
    });

    it('to a number that nobody has claimed is turned away', async () => {
      calls.dial(UNCLAIMED_NUMBER);
      await bench.phone.heard('CALL_CLOSED');
      expect(bench.phone.refusals().at(-1)).toBe('404');
    });
  });
});
