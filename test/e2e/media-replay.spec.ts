import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { echoed, frame, StreamBench, streamsOf } from '../support/streams.js';

describe('a second stream of a call', () => {
  let bench: StreamBench;

  beforeAll(async () => {
    bench = await StreamBench.start();
  });
  afterAll(() => bench.stop());

  it('while the first is lively: 200 with a fresh token, 101, then 4409 as a possible replay; the first goes on', async () => {
    const call = await bench.answered();
    const first = await bench.live(call);
    let sent = 0;
    const talking = setInterval(() => first.sendAudio(frame(++sent % 256)), 20);
    await bench.until(() => echoed(first).length >= 10);

    const before = bench.refused('possible-replay');
    // Replayed: the answer request and the upgrade, signatures and all.
    const { token, url } = await bench.ask(call.call);
    expect(token).not.toBe(call.token);
    expect(url).toBe(call.url);
    const second = await bench.open(call, { token });
    expect((await second.closed).code).toBe(4409);
    expect(second.received).toEqual([]);
    expect(bench.refused('possible-replay')).toBe(before + 1);

    const heard = echoed(first).length;
    await bench.until(() => echoed(first).length >= heard + 10);
    clearInterval(talking);
    await bench.until(() => echoed(first).length === sent);
    expect(echoed(first)).toEqual(Array.from({ length: sent }, (_, i) => (i + 1) % 256));
    expect(streamsOf(await bench.api.call(call.runId))).toHaveLength(1);
    expect(bench.session(call.runId)?.streamId).toBe(first.streamSid);
    first.destroy();
  });

  it('when the first has been silent for a second: the first yields with 4409, the newcomer lives', async () => {
    const call = await bench.answered();
    const first = await bench.live(call);
    first.sendAudio(frame(1));
    await bench.until(() => echoed(first).length === 1);
    await new Promise((next) => setTimeout(next, 1_050));

    const { token } = await bench.ask(call.call);
    const second = await bench.live(call, { token });
    expect((await first.closed).code).toBe(4409);
    second.sendAudio(frame(2));
    await bench.until(() => echoed(second).length === 1);
    expect(echoed(first)).toHaveLength(1);

    const events = streamsOf(await bench.api.call(call.runId));
    // In this order, or a later look at the timeline would take the call for one without a stream.
    expect(events).toMatchObject([
      { stream: 'started', stream_id: first.streamSid },
      { stream: 'ended', stream_id: first.streamSid, cause: 'taken-over', code: 4409 },
      { stream: 'started', stream_id: second.streamSid },
    ]);
    expect((await bench.api.call(call.runId)).streaming).toBe(true);
    second.destroy();
  });

  it('that has a token of its own, at the same instant: one lives, whichever, and the others get 4409', async () => {
    for (let round = 0; round < 5; round++) {
      const call = await bench.answered();
      const tokens = [call.token];
      for (let i = 0; i < 3; i++) tokens.push((await bench.ask(call.call)).token);
      const crowd = await Promise.all(tokens.map((token) => bench.open(call, { token })));
      const codes: number[] = [];
      for (const client of crowd) void client.closed.then(({ code }) => codes.push(code));
      await bench.until(() => codes.length === 3);
      expect(codes).toEqual([4409, 4409, 4409]);
      expect(streamsOf(await bench.api.call(call.runId))).toHaveLength(1);
      for (const client of crowd) client.destroy();
    }
  });
});
