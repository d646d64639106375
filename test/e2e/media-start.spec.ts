import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Database } from '../../src/database/database.js';
import { newSid } from '../../tools/carrier/sids.js';
import { echoed, frame, StreamBench, streamsOf, type Claims } from '../support/streams.js';
import { expectQuick } from '../support/patience.js';

describe('the start of a media stream', () => {
  let bench: StreamBench;

  beforeAll(async () => {
    bench = await StreamBench.start();
  });
  afterAll(() => bench.stop());

  it('with the run’s ids and a fresh token: the call is answered, streaming, and echoes', async () => {
    const call = await bench.answered();
    const client = await bench.live(call);
    const live = await bench.api.call(call.runId);
    expect(live).toMatchObject({ status: 'answered', streaming: true });
    expect(live.events.filter(({ source }) => source === 'media')).toMatchObject([
      { type: 'status', status: 'answered' },
      { type: 'stream', detail: { stream: 'started', stream_id: client.streamSid } },
    ]);
    client.sendAudio(frame(7));
    await bench.until(() => client.received.length === 2);
    expect(client.received).toEqual([
      {
        event: 'media',
        streamSid: client.streamSid,
        media: { payload: frame(7).toString('base64') },
      },
      // Tells when the first frame has been played.
      { event: 'mark', streamSid: client.streamSid, mark: { name: '0-1' } },
    ]);
    client.destroy();
  });

  it('that does not come within five seconds: 4408, and the run is as it was', async () => {
    const call = await bench.answered();
    const before = await bench.api.call(call.runId);
    const openedAt = Date.now();
    const client = await bench.open(call, { sendStart: false });
    client.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    expect(await client.closed).toEqual({ code: 4408, reason: '' });
    const waitedMs = Date.now() - openedAt;
    expect(waitedMs).toBeGreaterThanOrEqual(4_900);
    expectQuick(waitedMs, 7_000);
    expect(bench.refused('no-start')).toBe(1);
    expect(await bench.api.call(call.runId)).toEqual(before);
    // The token was not spent, and the call not given up.
    (await bench.live(call)).destroy();
  });

  describe('is closed 4401', () => {
    const expectRefusal = async (reason: string, claims: Claims) => {
      const call = await bench.answered();
      const before = await bench.api.call(call.runId);
      const count = bench.refused(reason);
      const client = await bench.open(call, claims);
      client.sendAudio(frame(1));
      expect((await client.closed).code).toBe(4401);
      expect(client.received).toEqual([]);
      expect(bench.refused(reason)).toBe(count + 1);
      expect(await bench.api.call(call.runId)).toEqual(before);
    };

    it('without a token', () => expectRefusal('token-missing', { token: null }));
    it('with an empty one', () => expectRefusal('token-missing', { token: '' }));
    it('with garbage', () => expectRefusal('token-missing', { token: "' OR 1=1 --" }));
    it('with 400 characters', () => expectRefusal('token-missing', { token: 'A'.repeat(400) }));
    it('with one that nobody minted', () =>
      expectRefusal('token-unknown', { token: 'A'.repeat(43) }));
    it('with the token of another call, which stays good for that one', async () => {
      const other = await bench.answered();
      await expectRefusal('token-foreign', { token: other.token });
      (await bench.live(other)).destroy();
    });

    it('the second time the same token is shown', async () => {
      const call = await bench.answered();
      const first = await bench.live(call);
      const second = await bench.open(call);
      expect((await second.closed).code).toBe(4401);
      expect(bench.refused('token-used')).toBe(1);
      first.destroy();
      await bench.ended(call.runId);
      // The first stream being over does not bring the token back.
      expect((await (await bench.open(call)).closed).code).toBe(4401);
    });

    it('all but one when one token is shown four times at once', async () => {
      const call = await bench.answered();
      const crowd = await Promise.all(Array.from({ length: 4 }, () => bench.open(call)));
      const codes: number[] = [];
      for (const client of crowd) void client.closed.then(({ code }) => codes.push(code));
      await bench.until(() => codes.length === 3);
      expect(codes).toEqual([4401, 4401, 4401]);
      const [started] = streamsOf(await bench.api.call(call.runId));
      const winner = crowd.find(({ streamSid }) => streamSid === started?.stream_id);
      winner?.sendAudio(frame(3));
      await bench.until(() => winner !== undefined && echoed(winner).length === 1);
      winner?.destroy();
    });
  });

  describe('with ids that are not this run’s is closed 4403, and the token is not spent', () => {
    it.each([
      ['another CallSid', { callSid: newSid('CA') }],
      ['another AccountSid', { accountSid: newSid('AC') }],
    ])('%s', async (_, claims) => {
      const call = await bench.answered();
      const before = await bench.api.call(call.runId);
      const refused = bench.refused('not-this-call');
      const client = await bench.open(call, claims);
      expect((await client.closed).code).toBe(4403);
      expect(bench.refused('not-this-call')).toBe(refused + 1);
      expect(await bench.api.call(call.runId)).toEqual(before);
      (await bench.live(call)).destroy();
    });

    it('even the CallSid of another call of ours, with that call’s token', async () => {
      const call = await bench.answered();
      const other = await bench.answered();
      const client = await bench.open(call, { callSid: other.callSid, token: other.token });
      expect((await client.closed).code).toBe(4403);
      (await bench.live(other)).destroy();
    });
  });

  it('of a call that ended after the 101: 1000, without a word in the timeline', async () => {
    const call = await bench.answered();
    const client = await bench.open(call, { sendStart: false });
    await bench.requests.callback(call.runId, bench.requests.event(call.callSid, 'completed', 3));
    client.send({
      event: 'start',
      start: {
        streamSid: 'MZ1',
        callSid: call.callSid,
        accountSid: bench.gateway.carrier.accountSid,
        customParameters: { token: call.token },
      },
    });
    expect((await client.closed).code).toBe(1000);
    expect(streamsOf(await bench.api.call(call.runId))).toEqual([]);
  });

  it('keeps what arrives while the token is redeemed, and the agent hears it in order', async () => {
    const call = await bench.answered();
    const client = await bench.open(call);
    // In one go, before any answer to the start can have come.
    const values = Array.from({ length: 100 }, (_, i) => i + 1);
    for (const value of values) client.sendAudio(frame(value));
    await bench.until(() => echoed(client).length === 100);
    expect(echoed(client)).toEqual(values);
    client.destroy();
    const [, end] = await bench.ended(call.runId);
    expect(end).toMatchObject({ frames_in: 100, frames_out: 100 });
  });

  it('ignores extra fields and parameters', async () => {
    const call = await bench.answered();
    const client = await bench.open(call, { sendStart: false });
    client.send({ event: 'connected', protocol: 'Call', version: '9.9', more: [1] });
    client.send({
      event: 'start',
      sequenceNumber: '1',
      news: { of: 'tomorrow' },
      start: {
        streamSid: client.streamSid,
        callSid: call.callSid,
        accountSid: bench.gateway.carrier.accountSid,
        tracks: ['inbound', 'elsewhere'],
        region: 'us1',
        customParameters: {
          token: call.token,
          colour: 'blue',
          __proto__x: 'y',
          long: 'x'.repeat(600),
        },
      },
    });
    client.sendAudio(frame(9));
    await bench.until(() => echoed(client).length === 1);
    client.destroy();
  });
});

describe('an expired token', () => {
  it('is closed 4401 as soon as its time is over, and a fresh one works', async () => {
    const bench = await StreamBench.start({ env: { STREAM_TOKEN_TTL_SECONDS: '120' } });
    try {
      const call = await bench.answered();
      // As if it had been given out two minutes ago.
      const earlier = { expires_at: sql<number>`expires_at - 120000` };
      await bench.gateway.service.app
        .get(Database)
        .write((trx) => trx.updateTable('stream_tokens').set(earlier).execute());
      const client = await bench.open(call);
      expect((await client.closed).code).toBe(4401);
      expect(bench.refused('token-expired')).toBe(1);
      const { token } = await bench.ask(call.call);
      (await bench.live(call, { token })).destroy();
    } finally {
      await bench.stop();
    }
  });
});
