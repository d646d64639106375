import { afterEach, describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import type { CallBehaviour } from '../calls/call-behaviour.js';
import type { SimulatedCall } from '../calls/simulated-call.js';
import { sleep, SpecPair } from '../spec-carrier.js';
import type { MediaStream } from './media-stream.js';
import { LONG, until } from '../../../test/support/patience.js';

let pair: SpecPair;

afterEach(() => pair.stop());

type Message = Record<string, unknown>;

/** An inbound call with its stream open; `onMessage` replaces the gateway's echo. */
async function streaming(
  onMessage: (socket: WebSocket, message: Message) => void = () => undefined,
  behaviour: CallBehaviour = {},
): Promise<{ call: SimulatedCall; stream: MediaStream }> {
  pair = await SpecPair.start();
  pair.gateway.onMessage = onMessage;
  const call = pair.carrier.callIn({ behaviour });
  return { call, stream: await call.streamStarted };
}

const socket = () => pair.gateway.sockets[0] as WebSocket;
const say = (message: unknown) => socket().send(JSON.stringify(message));
const ofKind = (event: string) =>
  pair.gateway.messages.filter((message) => message['event'] === event);
const audio = (milliseconds: number) => Buffer.alloc(milliseconds * 8, 0x55).toString('base64');
const hang = async (call: SimulatedCall) => {
  call.hangUp();
  await call.settled;
};

describe('a media stream', () => {
  it('opens with the headers and messages that Twilio sends', async () => {
    const { call, stream } = await streaming();
    await until(() => ofKind('media').length > 0);
    call.sendDigits('1#');
    await hang(call);
    const { accountSid } = pair.carrier;
    const [upgrade] = pair.gateway.upgrades;
    expect(upgrade?.signed).toBe(true);
    expect(upgrade?.headers).toMatchObject({
      host: 'gateway.example',
      'user-agent': 'Twilio.TmeWs/1.0',
    });
    expect(upgrade?.headers).not.toHaveProperty('origin');
    expect(upgrade?.headers).not.toHaveProperty('sec-websocket-protocol');
    expect(upgrade?.headers).not.toHaveProperty('sec-websocket-extensions');
    const { messages } = pair.gateway;
    expect(messages[0]).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    expect(messages[1]).toEqual({
      event: 'start',
      sequenceNumber: '1',
      streamSid: stream.sid,
      start: {
        accountSid,
        streamSid: stream.sid,
        callSid: call.sid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { token: 't-1' },
      },
    });
    expect(ofKind('media')[0]).toMatchObject({
      sequenceNumber: '2',
      streamSid: stream.sid,
      media: { track: 'inbound', chunk: '1' },
    });
    expect(ofKind('dtmf')).toMatchObject([
      { streamSid: stream.sid, dtmf: { track: 'inbound_track', digit: '1' } },
      { dtmf: { digit: '#' } },
    ]);
    expect(messages.at(-1)).toEqual({
      event: 'stop',
      sequenceNumber: String(messages.length - 1),
      streamSid: stream.sid,
      stop: { accountSid, callSid: call.sid },
    });
    const sequence = messages.slice(1).map((message) => Number(message['sequenceNumber']));
    expect(sequence).toEqual(sequence.map((_, index) => index + 1));
  });

  it('sends fifty frames a second with timestamps above zero that jitter', async () => {
    const { call, stream } = await streaming();
    const before = { at: performance.now(), frames: stream.framesSent };
    await until(() => stream.framesSent >= before.frames + 50);
    // Frames are never early, however late they are on a busy machine.
    const due = (performance.now() - before.at) / 20;
    expect(stream.framesSent - before.frames).toBeLessThanOrEqual(due + 2);
    if (LONG) expect(stream.framesSent - before.frames).toBeGreaterThanOrEqual(due - 2);
    await hang(call);
    const media = ofKind('media').map((message) => message['media'] as Record<string, string>);
    const times = media.map(({ timestamp }) => Number(timestamp));
    expect(times[0]).toBeGreaterThan(0);
    expect(times.some((time) => (time - (times[0] ?? 0)) % 20 !== 0)).toBe(true);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(media.every(({ payload = '' }) => Buffer.from(payload, 'base64').length === 160)).toBe(
      true,
    );
  });

  it('plays in real time, returns marks when played, and records what was heard', async () => {
    const { call, stream } = await streaming();
    const streamSid = stream.sid;
    say({ event: 'mark', streamSid, mark: { name: 'at once' } });
    say({ event: 'media', streamSid, media: { payload: audio(300) } });
    say({ event: 'mark', streamSid, mark: { name: 'later' } });
    await until(() => ofKind('mark').length === 2);
    expect(ofKind('mark')).toMatchObject([
      { mark: { name: 'at once' } },
      { mark: { name: 'later' } },
    ]);
    await hang(call);
    const [, later] = stream.recording.marks;
    expect(later?.how).toBe('played');
    // A carrier that was delayed for a moment plays what it missed in one go.
    const waitedMs = (later?.returnedMs ?? 0) - (later?.receivedMs ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(LONG ? 280 : 100);
    expect(call.heardAudio).toEqual(Buffer.from(audio(300), 'base64'));
    expect(call.heardWav().length).toBeGreaterThan(44 + 300 * 16);
  });

  it('drops what is buffered on clear and returns the marks', async () => {
    const { call, stream } = await streaming();
    const streamSid = stream.sid;
    say({ event: 'media', streamSid, media: { payload: audio(5000) } });
    say({ event: 'mark', streamSid, mark: { name: 'a' } });
    say({ event: 'media', streamSid, media: { payload: audio(5000) } });
    say({ event: 'mark', streamSid, mark: { name: 'b' } });
    await until(() => call.heardAudio.length > 0);
    say({ event: 'clear', streamSid });
    await until(() => ofKind('mark').length === 2);
    expect(ofKind('mark')).toMatchObject([{ mark: { name: 'a' } }, { mark: { name: 'b' } }]);
    expect(stream.recording.marks.map(({ how }) => how)).toEqual(['cleared', 'cleared']);
    const dropped = stream.recording.clears[0]?.droppedBytes ?? 0;
    expect(dropped).toBeGreaterThan(0);
    await hang(call);
    expect(dropped + call.heardAudio.length).toBe(10_000 * 8);
  });

  it('notes audio that comes after its end, and plays none of it', async () => {
    const stopping = new Set<WebSocket>();
    const { call, stream } = await streaming((from, message) => {
      if (message['event'] !== 'stop') return;
      stopping.add(from);
      const { sid: streamSid } = stream;
      const media = { event: 'media', streamSid, media: { payload: audio(20) } };
      from.send(JSON.stringify(media));
      from.send(JSON.stringify({ event: 'mark', streamSid, mark: { name: 'late' } }));
    });
    const { recording } = stream;
    await hang(call);
    await until(() => recording.lateArrivals.length > 0);
    expect(stopping.size).toBe(1);
    expect([recording.lateArrivals.length, recording.arrivals, recording.heardBytes]).toEqual([
      1,
      [],
      0,
    ]);
    expect(recording.beganAt).toBeLessThan(performance.now());
    expect(recording.marksReceived).toBe(0);
  });

  it('continues the signal where the stream before left off', async () => {
    pair = await SpecPair.start({ behaviour: { stream: { cutAfterMs: 400, times: 1 } } });
    pair.gateway.replies['/action'] = ({ fields }) =>
      fields.get('CallStatus') === 'in-progress'
        ? { status: 200, body: pair.gateway.twiml }
        : { status: 200, body: '<Response/>' };
    const call = pair.carrier.callIn();
    const second = await call.streamNumber(2);
    await until(() => second.heardAudio.length >= 10 * 160);
    await hang(call);
    expect(await call.streams[0]?.ended).toBe('cut');
    expect(await call.streams[1]?.ended).toBe('stopped');
    expect(pair.statuses('/action')).toEqual(['in-progress', 'completed']);
    expect(call.compareEcho().firstFrame).toBe(0);
    expect(pair.codes).toEqual([]);
  });
});

describe('what the gateway does wrong on a stream', () => {
  it('is logged once per kind, and not obeyed', async () => {
    const { call, stream } = await streaming();
    const streamSid = stream.sid;
    for (let times = 0; times < 3; times++) {
      socket().send(Buffer.from('binary'));
      socket().send('no JSON');
      say({ event: 'media', streamSid, media: { payload: audio(20), track: 'outbound' } });
      say({ event: 'clear', stream_sid: streamSid });
    }
    // The mark comes back at once, after all of the audio.
    say({ event: 'mark', streamSid, mark: { name: 'end' } });
    await until(() => ofKind('mark').length === 1);
    await hang(call);
    expect(pair.codes).toEqual([31_950, 31_951]);
    expect(call.heardAudio).toHaveLength(0);
  });

  it('is a warning when it sends more than ten minutes ahead', async () => {
    const { call, stream } = await streaming();
    const payload = audio(400_000);
    for (let times = 0; times < 3; times++) {
      say({ event: 'media', streamSid: stream.sid, media: { payload } });
    }
    await until(() => stream.recording.receivedBytes >= 3 * 400_000 * 8);
    await hang(call);
    expect(pair.codes).toEqual([31_931]);
  });

  it('is a protocol violation when its frames are not WebSocket', async () => {
    const { call, stream } = await streaming();
    const raw = (socket() as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
    raw.write(Buffer.from([0xff, 0xff, 0x00]));
    expect(await stream.ended).toBe('lost');
    await hang(call);
    expect(pair.codes).toEqual([31_924]);
  });

  it('is an error when the connection breaks', async () => {
    const { call, stream } = await streaming();
    socket().terminate();
    expect(await stream.ended).toBe('lost');
    await call.settled;
    expect(pair.codes).toEqual([31_903]);
    expect(pair.statuses('/action')).toEqual(['in-progress']);
  });

  it('is an error when the upgrade is refused', async () => {
    pair = await SpecPair.start();
    pair.gateway.upgradeStatus = 403;
    const call = pair.carrier.callIn();
    await call.settled;
    expect(pair.carrier.violations).toMatchObject([
      { code: 31_920, level: 'error', callSid: call.sid, message: expect.stringContaining('403') },
    ]);
    expect(call.stream?.refusedWith).toBe(403);
    expect(pair.statuses('/action')).toEqual(['in-progress']);
    await expect(call.streamStarted).rejects.toThrow('without stream 1');
  });

  it('is a warning when the URL has a query, which is not sent', async () => {
    pair = await SpecPair.start();
    pair.gateway.twiml = pair.gateway.twiml.replace('/ws/1/2/3', '/ws/1/2/3?token=t');
    const call = pair.carrier.callIn();
    await call.streamStarted;
    await hang(call);
    expect(pair.codes).toEqual([31_920]);
    expect(pair.gateway.upgrades).toMatchObject([{ signed: true }]);
  });
});

describe('a stream that goes wrong on purpose', () => {
  it('falls silent without closing when frozen', async () => {
    const { call, stream } = await streaming(undefined, { stream: { freezeAfterMs: 200 } });
    await until(() => stream.frozen && ofKind('media').length === stream.framesSent);
    const frames = ofKind('media').length;
    await sleep(200);
    expect(ofKind('media')).toHaveLength(frames);
    expect(stream.frozen).toBe(true);
    expect(socket().readyState).toBe(1);
    await hang(call);
    expect(ofKind('stop')).toEqual([]);
  });

  it('may claim another call, account or signature', async () => {
    pair = await SpecPair.start();
    const stream = {
      start: { callSid: 'CA-forged', customParameters: { token: 'stolen' } },
      signature: null,
    };
    const call = pair.carrier.callIn({ behaviour: { stream } });
    await call.streamStarted;
    await hang(call);
    expect(pair.gateway.upgrades[0]?.headers).not.toHaveProperty('x-twilio-signature');
    expect(ofKind('start')).toMatchObject([
      { start: { callSid: 'CA-forged', customParameters: { token: 'stolen' } } },
    ]);
  });

  it('may be a second stream, opened by hand', async () => {
    const { call } = await streaming();
    const connection = await pair.carrier.connectStream({
      url: 'wss://gateway.example/ws/1/2/3',
      callSid: call.sid,
      customParameters: { token: 't-1' },
    });
    if (connection.kind !== 'open') throw new Error(connection.kind);
    await until(() => ofKind('start').length === 2);
    pair.gateway.sockets[1]?.close(4409, 'taken');
    expect(await connection.client.closed).toEqual({ code: 4409, reason: 'taken' });
    await hang(call);
  });
});
