import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LiveSessions } from '../../src/calls/streams/live-sessions.js';
import { WaitingSockets } from '../../src/telephony/media/waiting-sockets.js';
import type { StreamClient } from '../../tools/carrier/media/connect-stream.js';
import {
  echoed,
  frame,
  StreamBench,
  streamsOf,
  witnessed,
  type Script,
} from '../support/streams.js';

interface Ending {
  script?: Script;
  /** What the carrier's side does once the stream is live. */
  act?: (client: StreamClient) => void;
  cause: string;
  /** In the ledger; on the wire too, unless it is null. */
  code: number | null;
  /** How often the agent is told; one that never answered is not. */
  ends?: number;
}

const STOP = { event: 'stop', stop: {} };
const fail = () => {
  throw new Error('broken on purpose');
};
const reject = () => Promise.reject(new Error('broken on purpose'));
const speaks = (client: StreamClient) => client.sendAudio(frame(1));
const presses = (client: StreamClient) => client.send({ event: 'dtmf', dtmf: { digit: '1' } });
const rawSocket = (client: StreamClient) =>
  (client.socket as unknown as { _socket: { end(): void; resetAndDestroy(): void } })._socket;

/** Every way in which a stream ends. */
const ENDINGS: Record<string, Ending> = {
  'the carrier says stop': { act: (client) => client.send(STOP), cause: 'stop', code: 1000 },
  'the carrier says stop three times, speaks on and goes': {
    act: (client) => {
      for (let i = 0; i < 3; i++) client.send(STOP);
      client.sendAudio(frame(1));
      client.socket.close(1000);
    },
    cause: 'stop',
    code: 1000,
  },
  'the carrier closes': { act: (client) => client.socket.close(1000), cause: 'lost', code: null },
  'the carrier closes without a code': {
    act: (client) => client.socket.close(),
    cause: 'lost',
    code: null,
  },
  'the connection is destroyed': { act: (client) => client.destroy(), cause: 'lost', code: null },
  'the connection is reset': {
    act: (client) => rawSocket(client).resetAndDestroy(),
    cause: 'lost',
    code: null,
  },
  'the connection is ended without a close frame': {
    act: (client) => rawSocket(client).end(),
    cause: 'lost',
    code: null,
  },
  'the agent hangs up while it listens': {
    script: { onAudio: (call) => call.hangUp() },
    act: speaks,
    cause: 'agent-ended',
    code: null,
  },
  'the agent hangs up twice, speaks on and throws': {
    script: {
      onAudio: (call) => {
        call.hangUp();
        call.hangUp();
        call.sendAudio(frame(1));
        fail();
      },
    },
    act: speaks,
    cause: 'agent-ended',
    code: null,
  },
  'the agent hangs up before it has answered': {
    script: { answer: (call) => call.hangUp() },
    cause: 'agent-ended',
    code: null,
  },
  'the agent hangs up and then cannot answer': {
    script: {
      answer: (call) => {
        call.hangUp();
        fail();
      },
    },
    cause: 'agent-ended',
    code: null,
    ends: 0,
  },
  'the agent cannot answer': {
    script: { answer: reject },
    cause: 'agent-failed',
    code: 1011,
    ends: 0,
  },
  'the agent throws while it listens': {
    script: { onAudio: fail },
    act: speaks,
    cause: 'agent-failed',
    code: 1011,
  },
  'the agent throws when a key is pressed': {
    script: { onDtmf: fail },
    act: presses,
    cause: 'agent-failed',
    code: 1011,
  },
  'the agent is async and rejects while it listens': {
    script: { onAudio: reject },
    act: speaks,
    cause: 'agent-failed',
    code: 1011,
  },
  'the agent is async and rejects when a key is pressed': {
    script: { onDtmf: reject },
    act: presses,
    cause: 'agent-failed',
    code: 1011,
  },
  'the agent throws what is no error': {
    script: {
      onAudio: () => {
        // eslint-disable-next-line no-throw-literal
        throw 'a text';
      },
    },
    act: speaks,
    cause: 'agent-failed',
    code: 1011,
  },
  'the agent throws when it is told of the end': {
    script: { onEnd: fail },
    act: (client) => client.send(STOP),
    cause: 'stop',
    code: 1000,
  },
  'the agent is async and rejects when it is told of the end': {
    script: { onEnd: reject },
    act: (client) => client.send(STOP),
    cause: 'stop',
    code: 1000,
  },
  'the agent hangs up and speaks when it is told of the end': {
    script: {
      onEnd: (call) => {
        call.hangUp();
        call.sendAudio(frame(1));
      },
    },
    act: (client) => client.destroy(),
    cause: 'lost',
    code: null,
  },
  'the carrier does not read what the agent says': {
    script: {
      onAudio: (call) => {
        // Audio is paced, but an agent may change its mind as often as it likes.
        for (let i = 0; i < 10_000 && !call.signal.aborted; i++) {
          call.sendAudio(Buffer.alloc(8_000));
          call.interrupt();
        }
      },
    },
    act: (client) => {
      client.socket.pause();
      client.sendAudio(frame(1));
      setTimeout(() => client.socket.resume(), 300);
    },
    cause: 'lost',
    code: 1013,
  },
};

describe('a media stream ends once', () => {
  let bench: StreamBench;
  const runIds: number[] = [];

  beforeAll(async () => {
    bench = await StreamBench.start();
  });
  afterAll(() => bench.stop());

  it.each(Object.entries(ENDINGS))('when %s', async (_, ending) => {
    const { script = {}, act, cause, code, ends = 1 } = ending;
    const { witness, answer } = witnessed(script);
    const call = await bench.answered(await bench.workflow(answer));
    runIds.push(call.runId);
    const client = await bench.open(call);
    await bench.started(call.runId, client.streamSid);
    act?.(client);

    const events = await bench.ended(call.runId);
    expect(events).toEqual([
      {
        stream: 'started',
        step: 'started',
        generation: 1,
        stream_id: client.streamSid,
        instance: expect.any(String),
      },
      expect.objectContaining({
        stream: 'ended',
        generation: 1,
        stream_id: client.streamSid,
        cause,
        code,
      }),
    ]);
    expect(bench.session(call.runId)).toBeNull();
    if (code !== null) expect((await client.closed).code).toBe(code);
    await bench.until(() => witness.ends === ends);
    expect(witness).toMatchObject({ answers: 1, aborts: 1 });
    client.destroy();
  });

  it('when the carrier says stop while the agent is still answering, and the agent is told when it has', async () => {
    const late: Array<() => void> = [];
    const { witness, answer } = witnessed({
      answer: () => new Promise<void>((resolve) => late.push(resolve)),
    });
    const call = await bench.answered(await bench.workflow(answer));
    runIds.push(call.runId);
    const client = await bench.open(call);
    await bench.started(call.runId, client.streamSid);
    client.sendAudio(frame(1));
    client.send(STOP);
    expect((await client.closed).code).toBe(1000);
    expect(await bench.ended(call.runId)).toMatchObject([{}, { cause: 'stop' }]);
    expect(witness).toEqual({ answers: 1, ends: 0, aborts: 1, heard: [] });
    late[0]?.();
    await bench.until(() => witness.ends === 1);
    expect(witness.heard).toEqual([]);
  });

  it('when the carrier says stop in the same breath as start', async () => {
    const call = await bench.answered();
    runIds.push(call.runId);
    const client = await bench.open(call);
    client.send(STOP);
    client.socket.close(1000);
    expect(await bench.ended(call.runId)).toMatchObject([
      { stream: 'started' },
      { stream: 'ended', cause: 'stop', code: 1000 },
    ]);
  });

  it('when the socket goes in the same breath as start', async () => {
    const call = await bench.answered();
    runIds.push(call.runId);
    const client = await bench.open(call);
    client.socket.close(1000);
    expect(await bench.ended(call.runId)).toMatchObject([
      { stream: 'started' },
      { stream: 'ended', cause: 'lost' },
    ]);
    expect(bench.session(call.runId)).toBeNull();
  });

  it('when the call is over but the carrier forgets the socket: 1000 a few seconds later', async () => {
    const call = await bench.answered();
    runIds.push(call.runId);
    const client = await bench.live(call);
    const talking = setInterval(() => client.sendAudio(frame(1)), 100);
    await bench.requests.callback(call.runId, bench.requests.event(call.callSid, 'completed', 3));
    expect((await client.closed).code).toBe(1000);
    clearInterval(talking);
    expect(await bench.ended(call.runId)).toMatchObject([{}, { cause: 'call-ended', code: 1000 }]);
    const after = await bench.api.call(call.runId);
    expect(after).toMatchObject({ status: 'completed', streaming: false });
  });

  it('the reason of an agent that failed is in the timeline', async () => {
    const call = await bench.answered(await bench.workflow(witnessed({ onAudio: fail }).answer));
    const client = await bench.live(call);
    client.sendAudio(frame(1));
    await bench.ended(call.runId);
    const { events } = await bench.api.call(call.runId);
    expect(events.filter(({ type }) => type === 'agent')).toMatchObject([
      { detail: { agent: 'failed', reason: 'broken on purpose' } },
    ]);
  });

  it('one agent that fails ends its own call only', async () => {
    const healthy = await bench.answered();
    const other = await bench.live(healthy);
    const call = await bench.answered(await bench.workflow(witnessed({ onAudio: reject }).answer));
    const client = await bench.live(call);
    client.sendAudio(frame(1));
    expect((await client.closed).code).toBe(1011);
    other.sendAudio(frame(2));
    await bench.until(() => echoed(other).length === 1);
    other.destroy();
    await bench.ended(healthy.runId);
  });

  it('none of them has ended twice, and nothing is left: no session, no place', async () => {
    expect(runIds.length).toBeGreaterThan(20);
    for (const runId of runIds) {
      const events = streamsOf(await bench.api.call(runId));
      expect(events.map(({ stream }) => stream)).toEqual(['started', 'ended']);
    }
    const { app } = bench.gateway.service;
    expect(app.get(LiveSessions).size).toBe(0);
    expect(app.get(WaitingSockets).total).toBe(0);
  });
});
