import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { AriTiming } from '../../src/providers/asterisk/ari-connection.js';
import { AsteriskCarrier } from '../../src/providers/asterisk/asterisk.carrier.js';
import type {
  AsteriskAccount,
  MediaFormat,
} from '../../src/providers/asterisk/asterisk.settings.js';
import { basic } from '../../src/providers/basic.js';
import type { Closable, FeedTold } from '../../src/providers/ingress.js';
import { AriDouble, ARI_PASSWORD, ARI_USER, stamp } from '../support/ari-double.js';
import { until } from '../support/patience.js';
import { absenceContract, liveContract, streamContract } from './carrier.contract.js';

const OURS = '+12025550100';
const THEIRS = '+14155552671';
const CALL_ID = 'patchbay-run-7-1700000000000';
const STREAM_URL = '/api/v1/telephony/ws/1/2/7/tok_-1';

const DIAL = {
  runId: 7,
  idempotencyKey: 'patchbay-7-1700000000000',
  to: THEIRS,
  from: OURS,
  urls: null,
  ringTimeoutSeconds: 60,
  maxDurationSeconds: 60,
  machineDetection: null,
};

function accountAt(
  ariUrl: string,
  more: Partial<AsteriskAccount> = {},
  timing: Partial<AriTiming> = {},
): AsteriskCarrier {
  const account: AsteriskAccount = {
    ariUrl,
    username: ARI_USER,
    password: ARI_PASSWORD,
    app: 'patchbay',
    dial: 'PJSIP/{number}@trunk',
    referTo: null,
    fromNumbers: [OURS],
    mediaFormat: 'ulaw',
    callsPerSecond: 10,
    ...more,
  };
  return new AsteriskCarrier(account, 'asterisk', { againMs: 20, ...timing });
}

/** What a feed was told, and how often it was connected. */
class Heard {
  readonly told: FeedTold[] = [];
  readonly reasons: Array<string | undefined> = [];
  connections = 0;
  /** What is told is taken when this has resolved, as messages about one call wait for another. */
  turn: Promise<void> = Promise.resolve();
  readonly handle: Closable;

  constructor(account: AsteriskCarrier) {
    this.handle = account.ingress.open({
      connected: () => void (this.connections += 1),
      lost: (why) => void this.reasons.push(why),
      told: async (one) => {
        this.told.push(one);
        await this.turn;
        return true;
      },
    });
  }

  get statuses() {
    return this.told.flatMap(({ events }) => events.map(({ status }) => status));
  }
}

describe('the adapter of Asterisk', () => {
  const absent = accountAt('http://127.0.0.1:1/ari');

  describe.each<[MediaFormat, number]>([
    ['ulaw', 160],
    ['slin16', 640],
  ])('the stream as %s', (mediaFormat, frameBytes) => {
    const account = accountAt('http://127.0.0.1:1/ari', { mediaFormat });
    streamContract(account, {
      messages: {
        start: null,
        audio: Buffer.alloc(frameBytes),
        dtmf: '{"event":"DTMF_END","digit":"5"}',
        mark: '{"event":"MEDIA_MARK_PROCESSED","correlation_id":"mark-1"}',
        stop: null,
      },
    });

    it('begins at once, and goes on only in the format that we asked for', () => {
      const codec = account.media.session();
      expect(codec.begin()).toMatchObject({ kind: 'start', callId: null, token: null });
      expect(codec.frameBytes).toBe(frameBytes);
      const start = (format: string) =>
        codec.decode(JSON.stringify({ event: 'MEDIA_START', format })).kind;
      expect([start(mediaFormat), start('opus')]).toEqual(['ignored', 'invalid']);
    });
  });

  it('reads what Asterisk says on the stream', () => {
    const codec = absent.media.session();
    const read = (message: object) => codec.decode(JSON.stringify(message));
    expect(read({ event: 'DTMF_END', digit: '#', duration_ms: 90 })).toEqual({
      kind: 'dtmf',
      digit: '#',
    });
    expect(read({ event: 'DTMF_END', digit: 5 })).toEqual({ kind: 'dtmf', digit: '5' });
    expect(read({ event: 'DTMF_END', digit: 'x' })).toEqual({ kind: 'ignored' });
    expect(read({ event: 'MEDIA_XOFF' })).toEqual({ kind: 'flow', ready: false });
    expect(read({ event: 'MEDIA_XON' })).toEqual({ kind: 'flow', ready: true });
    expect(read({ event: 'QUEUE_DRAINED' })).toEqual({ kind: 'cleared' });
    expect(read({ event: 'ERROR', error_text: 'Unknown command' })).toEqual({
      kind: 'fault',
      reason: 'Unknown command',
    });
    expect(read({ event: 'SOMETHING_NEW' })).toEqual({ kind: 'ignored' });
    expect(read({ command: 'x' }).kind).toBe('invalid');
    expect(codec.decode('MEDIA_XON').kind).toBe('invalid');
  });

  it('lets no stream be opened without the password', () => {
    const verify = (authorization?: string) =>
      absent.media.verifyUpgrade({ headers: authorization ? { authorization } : {}, urls: [] });
    expect(verify(basic(ARI_USER, ARI_PASSWORD))).toEqual({ kind: 'token-only' });
    expect(verify(basic(ARI_USER, `${ARI_PASSWORD}x`))).toEqual({
      valid: false,
      reason: 'mismatch',
    });
    expect(verify()).toEqual({ valid: false, reason: 'missing' });
    fc.assert(fc.property(fc.string({ minLength: 1 }), (header) => 'valid' in verify(header)));
  });

  describe('alone', () => {
    absenceContract(absent);

    it('lists nothing and can be instructed to nothing, and throws nothing', async () => {
      const failed = { kind: 'failed', message: expect.any(String) };
      const lost = { ...failed, kind: 'lost' };
      expect(await absent.ingress.resync()).toEqual(failed);
      for (const kind of ['hangup', 'say-and-hangup'] as const) {
        const instruction = { kind, sentence: '' };
        expect(await absent.ingress.perform(instruction, { call: 'x' })).toEqual(lost);
      }
      expect(await absent.ingress.perform(streamTo(), { call: CALL_ID })).toEqual(lost);
      expect(await absent.ingress.perform(streamTo(), { call: null })).toEqual(failed);
    });
  });

  describe('beside Asterisk', () => {
    liveContract({
      live: async () => {
        const double = await AriDouble.start();
        const account = accountAt(double.url);
        const heard = new Heard(account);
        await until(() => heard.connections === 1, 'it is connected');
        let placed = 0;
        double.answers = ({ method, uri }) => {
          const isDial = method === 'POST' && /^channels\/patchbay-run-[^/]+$/.test(uri);
          if (isDial && !double.channels.has(uri.slice('channels/'.length))) placed += 1;
          return null;
        };
        return {
          account,
          placed: () => placed,
          stop: async () => {
            await heard.handle.close();
            await double.stop();
          },
        };
      },
    });
  });
});

function streamTo() {
  return {
    kind: 'stream' as const,
    streamUrl: STREAM_URL,
    actionUrl: '',
    token: 'tok_-1',
    notice: null,
  };
}

describe('the feed of Asterisk', () => {
  let double: AriDouble;
  let account: AsteriskCarrier;
  let heard: Heard;

  beforeAll(async () => {
    double = await AriDouble.start();
  });
  afterAll(() => double.stop());
  beforeEach(async () => {
    account = accountAt(double.url);
    heard = new Heard(account);
    await until(() => heard.connections === 1, 'it is connected');
  });
  afterEach(async () => {
    await heard.handle.close();
    double.channels.clear();
    double.bridges.clear();
    double.asked.length = 0;
    double.answers = () => null;
    Object.assign(double, { accepts: true, losesReplies: false, opensMedia: true });
  });

  const asked = (method: string, uri: string) =>
    double.asked.filter((one) => one.method === method && one.uri === uri);

  it('tells a call that we placed by its run, each fact once', async () => {
    await account.calls.place(DIAL);
    expect(asked('POST', `channels/${CALL_ID}`)).toMatchObject([
      {
        query: {
          endpoint: `PJSIP/${THEIRS}@trunk`,
          app: 'patchbay',
          callerId: OURS,
          timeout: '60',
        },
      },
    ]);
    double.change(CALL_ID, 'Ringing');
    const { [CALL_ID]: channel } = Object.fromEntries(double.channels);
    double.send({ type: 'Dial', timestamp: stamp(), peer: channel, dialstatus: 'RINGING' });
    double.answer(CALL_ID);
    double.end(CALL_ID, 16);
    await until(() => heard.statuses.includes('completed'), 'the end is told');
    expect(heard.told.every(({ runId, ids }) => runId === 7 && ids.call === CALL_ID)).toBe(true);
    expect(heard.statuses).toEqual(['ringing', 'ringing', 'answered', 'answered', 'completed']);
    const keys = heard.told.flatMap(({ events }) => events.map(({ dedupeKey }) => dedupeKey));
    expect(new Set(keys).size).toBe(3);
    expect(heard.told.filter(({ question }) => question !== null)).toMatchObject([
      { question: { direction: 'outbound', status: 'answered' } },
    ]);
  });

  it('greets a call that comes in, and asks for instructions', async () => {
    double.callIn('1700000000.1', OURS, THEIRS);
    await until(() => heard.told.length === 1, 'it is told');
    expect(heard.told).toMatchObject([
      {
        runId: null,
        ids: { call: '1700000000.1' },
        question: { direction: 'inbound', from: THEIRS, to: OURS, status: 'ringing' },
      },
    ]);
    await until(() => asked('POST', 'channels/1700000000.1/ring').length === 1, 'it rings');
    expect(asked('POST', 'applications/patchbay/subscription')).toMatchObject([
      { query: { eventSource: 'channel:1700000000.1' } },
    ]);
  });

  it('streams: the call is answered, and its audio in the bridge before its socket opens', async () => {
    double.callIn('1700000000.2', OURS, THEIRS);
    const result = await account.ingress.perform(streamTo(), { call: '1700000000.2' });
    expect(result).toEqual({ kind: 'done' });
    const media = double.asked.find(({ uri }) => uri === 'channels/create')?.query;
    expect(media).toMatchObject({
      app: 'patchbay',
      endpoint:
        'WebSocket/patchbay/c(ulaw)f(json)v(workflow_id=1,user_id=2,workflow_run_id=7,token=tok_-1)',
    });
    const deeds = double.asked.map(({ uri }) => uri.split('/').at(-1));
    const order = ['answer', 'create', 'addChannel', 'dial'].map((deed) => deeds.indexOf(deed));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
    // When the call is over, nothing of it is left.
    double.end('1700000000.2', 0);
    await until(() => double.channels.size === 0 && double.bridges.size === 0, 'all is gone');
    expect(heard.statuses).toContain('completed');
  });

  it('attaches another stream in the bridge that is there', async () => {
    double.callIn('1700000000.3', OURS, THEIRS);
    for (let round = 0; round < 2; round += 1) {
      expect(await account.ingress.perform(streamTo(), { call: '1700000000.3' })).toEqual({
        kind: 'done',
      });
    }
    expect(double.bridges.size).toBe(1);
  });

  it('says why a stream could not be opened, and leaves no channel behind', async () => {
    double.callIn('1700000000.4', OURS, THEIRS);
    double.opensMedia = false;
    const stream = () => account.ingress.perform(streamTo(), { call: '1700000000.4' });
    expect(await stream()).toMatchObject({ message: expect.stringMatching(/websocket_client/) });
    double.opensMedia = true;
    const refuse = (pattern: RegExp, status: number, body: object) => {
      double.answers = ({ uri }) => (pattern.test(uri) ? { status, body } : null);
    };
    refuse(/create$/, 500, { error: 'Allocation failed' });
    expect(await stream()).toMatchObject({ message: expect.stringMatching(/websocket_client/) });
    refuse(/addChannel$/, 422, { message: 'Channel not in Stasis application' });
    expect(await stream()).toEqual({
      kind: 'failed',
      message: 'Channel not in Stasis application',
    });
    refuse(/answer$/, 404, { message: 'Channel not found' });
    expect(await stream()).toEqual({ kind: 'failed', message: 'Channel not found' });
    expect([...double.channels.keys()]).toEqual(['1700000000.4']);
  });

  it('connects nothing to a call that is hung up meanwhile, which is no failure', async () => {
    let free = (): void => undefined;
    heard.turn = new Promise((resolve) => (free = resolve));
    const deeds = ['answer', 'create', 'addChannel', 'dial'];
    for (const [index, deed] of deeds.entries()) {
      const id = `1700000001.${index}`;
      double.callIn(id, OURS, THEIRS);
      double.answers = ({ uri }) => {
        if (!uri.endsWith(deed)) return null;
        double.end(id, 127, 487);
        return { status: 404, body: { message: 'Channel not found' } };
      };
      expect(await account.ingress.perform(streamTo(), { call: id })).toEqual({ kind: 'done' });
    }
    free();
    await until(() => double.channels.size + double.bridges.size === 0, 'nothing is left');
    // The one that was not answered was cancelled.
    expect(heard.statuses.filter((status) => status === 'completed')).toHaveLength(3);
    expect(heard.statuses.filter((status) => status === 'canceled')).toHaveLength(1);
  });

  it('leaves it to the next list what became of a stream while the connection was lost', async () => {
    for (const deed of ['create', 'dial', 'addChannel']) {
      // Of each its own: the end of the one before may still be on its way to the ledger.
      const id = `1700000000.${deed.length}`;
      double.callIn(id, OURS, THEIRS);
      const { connections } = heard;
      double.answers = ({ uri, query }) => {
        const isIt = uri.endsWith(deed) && query['channel'] !== id;
        if (isIt) double.cut();
        // Of these two, Asterisk has done one.
        return isIt && deed !== 'dial' ? { status: 204, body: null } : null;
      };
      expect(await account.ingress.perform(streamTo(), { call: id })).toMatchObject({
        kind: 'lost',
      });
      double.answers = () => null;
      await until(() => heard.connections > connections, 'it connects again');
      double.asked.length = 0;
      const list = await account.ingress.resync();
      if (list.kind === 'failed') throw new Error(list.message);
      const hasAudio = deed !== 'create';
      // It asks again where it has no audio; where it has, that is put into its bridge.
      expect(list.calls.map(({ question }) => question === null)).toEqual([hasAudio]);
      const added = () => asked('POST', `bridges/${id}-bridge/addChannel`).length;
      if (hasAudio) await until(() => added() === 1, 'it is put into the bridge');
      for (const channelId of double.channels.keys()) double.end(channelId, 16);
    }
  });

  it('refuses calls in the words of SIP', async () => {
    for (const [id, busy, query] of [
      ['1700000000.6', true, { reason: 'busy' }],
      ['1700000000.7', false, { reason_code: '1' }],
    ] as const) {
      double.callIn(id, OURS, THEIRS);
      const result = await account.ingress.perform({ kind: 'reject', busy }, { call: id });
      expect(result).toEqual({ kind: 'done' });
      expect(asked('DELETE', `channels/${id}`)).toMatchObject([{ query }]);
    }
    // Somebody else was faster.
    expect(await account.ingress.perform({ kind: 'hangup' }, { call: 'gone' })).toEqual({
      kind: 'done',
    });
  });

  it('lists what is alive after a reconnection; what waits for instructions asks again', async () => {
    await account.calls.place(DIAL);
    double.change(CALL_ID, 'Ringing');
    double.callIn('1700000000.8', OURS, THEIRS);
    double.callIn('1700000000.9', OURS, THEIRS);
    await account.ingress.perform(streamTo(), { call: '1700000000.9' });
    double.callIn('another.1', OURS, THEIRS).dialplan.app_data = 'patchbay_2,x';
    double.cut();
    await until(() => heard.connections === 2, 'it connects again');
    const list = await account.ingress.resync();
    if (list.kind === 'failed') throw new Error(list.message);
    expect(
      list.calls.map(({ ids, runId, events, question }) => [
        ids.call,
        runId,
        events.map(({ status }) => status),
        question?.direction ?? null,
      ]),
    ).toEqual([
      [CALL_ID, 7, ['ringing'], null],
      ['1700000000.8', null, ['ringing'], 'inbound'],
      ['1700000000.9', null, ['answered'], null],
    ]);
    // Their ends would not be told otherwise.
    await until(
      () => asked('POST', 'applications/patchbay/subscription').length >= 4,
      'it subscribes again',
    );
  });

  it('removes what is left of a call whose end nobody heard', async () => {
    double.callIn('1700000000.11', OURS, THEIRS);
    await account.ingress.perform(streamTo(), { call: '1700000000.11' });
    double.channels.delete('1700000000.11');
    expect(double.channels.size + double.bridges.size).toBe(2);
    expect(await account.ingress.resync()).toEqual({ kind: 'listed', calls: [] });
    await until(() => double.channels.size + double.bridges.size === 0, 'nothing is left');
  });

  it('fails to list where Asterisk does not, and where it says something else', async () => {
    double.answers = () => ({ status: 503, body: { message: 'not now' } });
    expect(await account.ingress.resync()).toEqual({ kind: 'failed', message: 'not now' });
    double.answers = () => ({ status: 200, body: { no: 'list' } });
    expect(await account.ingress.resync()).toMatchObject({ kind: 'failed' });
  });

  it('tells a phone that does not exist from one that nobody answers', async () => {
    for (const [runId, rings] of [
      [11, true],
      [12, false],
    ] as const) {
      const id = `patchbay-run-${runId}-1`;
      await account.calls.place({
        ...DIAL,
        runId,
        idempotencyKey: `patchbay-${runId}-1`,
        ringTimeoutSeconds: 5,
      });
      const channel = double.channels.get(id);
      if (!channel) throw new Error(id);
      channel.creationtime = stamp(new Date(Date.now() - 5_000));
      if (rings) double.send({ type: 'Dial', peer: channel, dialstatus: 'PROGRESS' });
      double.end(id, 19, 480);
    }
    await until(() => heard.told.length === 2, 'both ends are told');
    expect(heard.statuses).toEqual(['no-answer', 'failed']);
    expect(heard.told[1]?.events[0]?.detail).toEqual({ cause: 19, unreachable: true });
  });

  it('tells nothing of channels for audio, nor of what it cannot read', async () => {
    double.send({ type: 'ChannelDestroyed', channel: { id: `${CALL_ID}-media-0badcafe` } });
    double.send({ type: 'ChannelVarset', channel: { id: CALL_ID } });
    double.send({ type: 'StasisStart' });
    double.send(['no event']);
    double.callIn('1700000000.10', OURS, THEIRS);
    await until(() => heard.told.length === 1, 'the call is told');
    expect(heard.told[0]?.ids.call).toBe('1700000000.10');
  });

  describe('a dial', () => {
    it('whose reply is lost may ring, and is the same when it is repeated', async () => {
      await heard.handle.close();
      account = accountAt(double.url, {}, { requestMs: 50 });
      heard = new Heard(account);
      await until(() => heard.connections === 1, 'it is connected');
      double.losesReplies = true;
      expect(await account.calls.place(DIAL)).toMatchObject({ kind: 'unknown' });
      double.losesReplies = false;
      expect(await account.calls.place(DIAL)).toMatchObject({
        kind: 'accepted',
        ids: { call: CALL_ID },
      });
      expect(double.channels.size).toBe(1);
    });

    it('is refused in Asterisk’s own words, and only then', async () => {
      double.answers = () => ({ status: 500, body: { error: 'Allocation failed' } });
      expect(await account.calls.place(DIAL)).toMatchObject({
        kind: 'rejected',
        code: '500',
        message: expect.stringMatching(/ASTERISK_DIAL/),
      });
      double.answers = () => ({ status: 500, body: null });
      expect(await account.calls.place(DIAL)).toMatchObject({ kind: 'unknown' });
    });

    it('has the number without its plus where that is wanted', async () => {
      await heard.handle.close();
      account = accountAt(double.url, { dial: 'SIP/{digits}/{number}' });
      heard = new Heard(account);
      await until(() => heard.connections === 1, 'it is connected');
      await account.calls.place(DIAL);
      expect(asked('POST', `channels/${CALL_ID}`)).toMatchObject([
        { query: { endpoint: 'SIP/14155552671/+14155552671' } },
      ]);
    });
  });

  describe('keys', () => {
    it('are pressed for 100 ms each, 100 ms apart', async () => {
      await account.calls.place(DIAL);
      const pressed = await account.calls.sendDigits({ call: CALL_ID }, '1w#');
      expect(pressed).toEqual({ kind: 'accepted' });
      expect(asked('POST', `channels/${CALL_ID}/dtmf`)).toMatchObject([
        { query: { dtmf: '1w#', between: '100', duration: '100' } },
      ]);
    });

    it('are pressed, and calls are looked up and ended, without the connection, which another instance has', async () => {
      await account.calls.place(DIAL);
      const elsewhere = accountAt(double.url);
      const id = { call: CALL_ID };
      expect(await elsewhere.calls.place({ ...DIAL, runId: 99 })).toMatchObject({
        kind: 'unreachable',
      });
      expect(await elsewhere.calls.sendDigits(id, '1')).toEqual({ kind: 'accepted' });
      expect(asked('POST', `channels/${CALL_ID}/dtmf`)).toMatchObject([{ query: { dtmf: '1' } }]);
      expect(await elsewhere.calls.lookUp(id)).toEqual({ kind: 'alive' });
      expect(await elsewhere.calls.end(id)).toEqual({ kind: 'accepted' });
      expect(await elsewhere.calls.end(id)).toEqual({ kind: 'already-ended' });
    });

    it('are not pressed again where it is not known whether they were', async () => {
      await account.calls.place(DIAL);
      double.answers = () => ({ status: 409, body: { message: 'Channel not in Stasis' } });
      expect(await account.calls.sendDigits({ call: CALL_ID }, '1')).toEqual({
        kind: 'failed',
        message: 'Channel not in Stasis',
        retryable: false,
      });
    });
  });

  describe('the connection', () => {
    it('is made again after every loss, and never after the end', async () => {
      double.accepts = false;
      double.cut();
      await until(() => heard.reasons.length >= 3, 'it tries again');
      expect(await account.calls.place(DIAL)).toMatchObject({ kind: 'unreachable' });
      double.accepts = true;
      await until(() => heard.connections === 2, 'it is connected again');
      const { connections } = double;
      await heard.handle.close();
      expect(await account.calls.place(DIAL)).toMatchObject({ kind: 'unreachable' });
      expect(double.connections).toBe(connections);
    });

    it('says that the password is wrong', async () => {
      const other = new Heard(accountAt(double.url, { password: 'another-password' }));
      await until(() => other.reasons.length > 0, 'it is refused');
      await other.handle.close();
      expect(other.reasons[0]).toMatch(/refuses the user name or the password/);
      expect(other.connections).toBe(0);
    });

    it('is left to another program that takes the application over', async () => {
      await heard.handle.close();
      account = accountAt(double.url, {}, { replacedMs: 60_000 });
      heard = new Heard(account);
      await until(() => heard.connections === 1, 'it is connected');
      double.send({ type: 'ApplicationReplaced', application: 'patchbay' });
      await until(() => heard.reasons.length === 1, 'it is lost');
      expect(heard.reasons).toEqual(['another program uses the same application']);
    });

    it('that says nothing any more is given up', async () => {
      await heard.handle.close();
      account = accountAt(double.url, {}, { pingEveryMs: 20 });
      heard = new Heard(account);
      await until(() => heard.connections === 1, 'it is connected');
      double.freeze();
      await until(() => heard.reasons.length > 0, 'it is given up');
      expect(heard.reasons[0]).toMatch(/does not answer/);
    });
  });
});
