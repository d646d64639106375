import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NOBODYS_NUMBER, PEER_NUMBER } from '../../tools/asterisk/config-files.js';
import { SipPeer } from '../../tools/asterisk/sip-peer.js';
import type { CallJson } from '../support/api.js';
import { until } from '../support/patience.js';
import { AsteriskBench, OUR_NUMBER, whyNone } from './support/asterisk-bench.js';
import { AsteriskCalls } from './support/asterisk-calls.js';
import { BreakableLine } from './support/breakable-line.js';

const none = await whyNone();

/** What is lost between Asterisk and us, and what becomes of the calls. */
(none === null ? describe : describe.skip)('beside a real Asterisk', () => {
  let bench: AsteriskBench;
  let calls: AsteriskCalls;
  let line: BreakableLine;
  let echo: number;

  beforeAll(async () => {
    bench = await AsteriskBench.start();
    calls = new AsteriskCalls(bench);
    await calls.ready();
    echo = await calls.workflow({ name: 'Recorded echo', agent: 'echo', recording: true });
    await calls.claim(echo);
    line = new BreakableLine(bench.asterisk.ports.http);
    const port = await line.open();
    await startAgain({ ASTERISK_ARI_URL: `http://127.0.0.1:${port}/ari` });
  });
  afterAll(async () => {
    await bench.stop();
    await line.close();
  });
  beforeEach(() => bench.phone.forget());

  const startAgain = async (env: Record<string, string>) => {
    await bench.stopService();
    await bench.startService(env);
    await calls.ready();
  };

  const mediaChannel = (run: CallJson) =>
    until(async () => {
      const channels = await bench.asterisk.ari<Array<{ id: string; state: string }>>('/channels');
      const prefix = `${run.provider_call_id}-media-`;
      return channels.find(({ id, state }) => id.startsWith(prefix) && state === 'Up')?.id;
    }, 'the call has a channel for its audio');

  const streams = async (run: CallJson): Promise<number> => {
    const { events } = await calls.api.call(run.workflow_run_id);
    return events.filter(({ detail }) => detail['step'] === 'started').length;
  };

  it('a call whose stream is lost gets another one, and is heard again', async () => {
    const run = await calls.talking(echo);
    const first = await mediaChannel(run);
    await bench.asterisk.ari(`/channels/${first}`, 'DELETE');
    await until(async () => (await streams(run)) === 2, 'there is a second stream');
    await calls.become(run, { status: 'answered', streaming: true });
    expect(await mediaChannel(run)).not.toBe(first);
    const before = bench.phone.recording().length;
    await until(() => bench.phone.recording().length > before + 16_000, 'it is heard again');
    bench.phone.command('hangup');
    await calls.become(run, { status: 'completed', end_reason: 'caller_hangup' });
  });

  it('what happens while the control socket is away is asked for afterwards', async () => {
    const ended = await calls.talking(echo);
    line.break();
    bench.phone.command('hangup');
    await bench.phone.heard('CALL_CLOSED');
    // Nobody would hear of this one.
    const { body } = await calls.api.request<{ workflow_run_id: number }>(
      'POST',
      '/telephony/calls',
      { workflow_id: echo, to: NOBODYS_NUMBER },
    );
    await calls.become(body, { status: 'failed' });
    line.mend();
    // How it ended, nobody knows; that it did, the list says.
    await calls.become(ended, { status: 'completed', streaming: false });
    await calls.ready();
  });

  it('a call goes on while the control socket is away', async () => {
    const run = await calls.talking(echo);
    line.break();
    const before = bench.phone.recording().length;
    await until(() => bench.phone.recording().length > before + 16_000, 'it is heard');
    line.mend();
    await calls.ready();
    expect(await calls.api.call(run.workflow_run_id)).toMatchObject({
      status: 'answered',
      streaming: true,
    });
    expect(await streams(run)).toBe(1);
    bench.phone.command('hangup');
    // By its event, which is heard again.
    await calls.become(run, { status: 'completed', end_reason: 'caller_hangup' });
  });

  it('a call that comes in outlives our restart, and its end is told', async () => {
    const run = await calls.dialIn(OUR_NUMBER);
    await calls.become(run, { status: 'answered', streaming: true });
    await bench.stopService();
    await bench.startService();
    await until(async () => (await streams(run)) === 2, 'there is a second stream');
    await calls.become(run, { status: 'answered', streaming: true });
    bench.phone.command('hangup');
    await calls.become(run, { status: 'completed', end_reason: 'caller_hangup' });
  });

  it('16 kHz sound like 8 kHz', async () => {
    await startAgain({ ASTERISK_MEDIA_FORMAT: 'slin16' });
    const run = await calls.talking(echo);
    await calls.heardEnough();
    bench.phone.command('hangup');
    await calls.expectAudio(await calls.become(run, { status: 'completed', streaming: false }));
  });

  it('a dialplan may choose the way out', async () => {
    await startAgain({ ASTERISK_DIAL: 'Local/{number}@outbound/n' });
    const run = await calls.talking(echo);
    await calls.heardEnough();
    bench.phone.command('hangup');
    await calls.expectAudio(
      await calls.become(run, { status: 'completed', end_reason: 'caller_hangup' }),
    );
    bench.phone.forget();
    const declined = await calls.place(echo);
    await bench.phone.heard('CALL_INCOMING');
    await calls.become(declined, { status: 'ringing' });
    bench.phone.command('hangup');
    expect(await calls.ended(declined)).toMatchObject({ status: 'busy', end_reason: 'busy' });
  });

  it('a call for which there is no room is busy', async () => {
    await startAgain({ MAX_CONCURRENT_CALLS: '1' });
    const peer = await SipPeer.start(bench.asterisk, { rings: true });
    const run = await calls.place(echo, { to: PEER_NUMBER });
    await calls.become(run, { status: 'ringing' });
    calls.dial(OUR_NUMBER);
    await bench.phone.heard('CALL_CLOSED');
    expect(bench.phone.refusals().at(-1)).toBe('486');
    await calls.hangUp(run);
    await calls.become(run, { status: 'canceled' });
    await peer.stop();
  });

  it('a call whose audio cannot be connected fails, says why, and is hung up', async () => {
    // Asterisk has no client of that name.
    await startAgain({ ASTERISK_APP: 'another' });
    const run = await calls.place(echo);
    await bench.phone.heard('CALL_INCOMING');
    bench.phone.command('accept');
    await bench.phone.heard('CALL_CLOSED');
    // It was answered, and so Asterisk says.
    const over = { status: 'completed', end_reason: 'stream_lost' };
    const { events } = await calls.become(run, over);
    expect(JSON.stringify(events)).toMatch(/websocket_client\.conf/);
  });

  it('calls are over when Asterisk has died, and there are new ones when it is back', async () => {
    await startAgain({});
    const run = await calls.talking(echo);
    await bench.asterisk.restart();
    await calls.become(run, { status: 'completed', streaming: false });
    await calls.ready();
  });
});
