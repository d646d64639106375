import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { fromWire, toWire } from '../../src/audio/wire-format.js';
import { mulawToWav } from '../../tools/carrier/media/wav.js';
import { Api, type CallJson } from '../support/api.js';
import { BINARY_FORMAT } from '../support/binary-dialect.js';
import { PUBLIC_ORIGIN, THEIR_NUMBER } from '../support/gateway.js';
import {
  FIRST_NUMBER,
  SECOND_NUMBER,
  SECRETS,
  startMadeUpGateway,
  type MadeUpGateway,
} from '../support/made-up-gateway.js';
import type { MadeUpCall } from '../support/made-up-carrier/made-up-exchange.js';
import { signatureOf, TOLERANCE_SECONDS } from '../support/made-up-carrier/made-up-protocol.js';
import { until } from '../support/patience.js';
import { mulawFrames, speech } from '../support/test-signals.js';

/** The whole service, with a carrier that is everything that Twilio is not. */
describe('a call through another carrier', () => {
  let gateway: MadeUpGateway;
  let mediaDir: string;
  let api: Api;
  const exchange = () => gateway.exchange;

  beforeAll(async () => {
    mediaDir = await mkdtemp(join(tmpdir(), 'patchbay-sounds-'));
    // Longer than a busy machine needs to hear that somebody speaks.
    await writeFile(join(mediaDir, 'long.wav'), mulawToWav(Buffer.alloc(8_000 * 60, 0x10)));
    gateway = await startMadeUpGateway({
      MEDIA_DIR: mediaDir,
      RECONCILE_AFTER_SECONDS: '1',
      RECONCILE_INTERVAL_SECONDS: '1',
    });
    api = new Api(gateway);
  });
  afterAll(async () => {
    await gateway.stop();
    await rm(mediaDir, { recursive: true, force: true });
  });
  afterEach(() => expect(exchange().violations).toEqual([]));

  const become = (run: CallJson, fields: Partial<CallJson>) =>
    until(
      async () => {
        const now = await api.call(run.workflow_run_id);
        const isSo = Object.entries(fields).every(([name, value]) => {
          return now[name as keyof CallJson] === value;
        });
        return isSo && now;
      },
      `the call became ${JSON.stringify(fields)}`,
    );

  /** Placed, ringing, answered, and its stream open. */
  const connected = async (more: Record<string, unknown> = {}): Promise<[CallJson, MadeUpCall]> => {
    const before = exchange().calls.length;
    const run = await api.place({ to: THEIR_NUMBER, ...more });
    const call = exchange().calls[before] as MadeUpCall;
    await exchange().ring(call);
    await exchange().answer(call);
    return [await become(run, { streaming: true }), call];
  };

  /** So many frames of somebody who speaks, at the pace of speech. */
  const speak = async (call: MadeUpCall, ms: number, isOver: () => boolean): Promise<void> => {
    const convert = toWire(BINARY_FORMAT);
    for (const frame of mulawFrames(speech({ ms, dbov: -18 }))) {
      exchange().say(call, convert(frame));
      await sleep(20);
      if (isOver()) return;
    }
  };

  it('is placed by a request, which the call’s own id follows; and is heard both ways', async () => {
    const run = await api.place({ to: THEIR_NUMBER });
    expect(run).toMatchObject({ account: 'made-up', provider: 'made-up', status: 'queued' });
    expect(run).toMatchObject({ from: FIRST_NUMBER, provider_call_id: null });
    const call = exchange().calls.at(-1) as MadeUpCall;
    expect(call.eventsUrl).toBe(
      `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/made-up/events/${run.workflow_run_id}`,
    );
    await exchange().ring(call);
    expect(await api.call(run.workflow_run_id)).toMatchObject({
      status: 'ringing',
      provider_call_id: call.id,
    });
    await exchange().answer(call);
    expect(call.streamUrls).toHaveLength(1);
    await become(run, { status: 'answered', streaming: true });

    await speak(call, 1_000, () => false);
    await until(() => call.heard.length >= 40, 'the echo is heard');
    const hear = fromWire(BINARY_FORMAT);
    const energy = call.heard.map((frame) => hear(frame).some((byte) => (byte & 0x7f) < 0x60));
    expect(energy.filter(Boolean).length).toBeGreaterThan(10);

    await exchange().end(call);
    expect(await become(run, { status: 'completed' })).toMatchObject({
      end_reason: 'caller_hangup',
      duration_seconds: 3,
    });
    await until(() => call.closedWith === 1000, 'we close the socket');
  });

  it('is interrupted by who speaks', async () => {
    const { body: workflow } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Announcement',
      agent: 'announce',
      agent_options: { sound: 'long.wav' },
      barge_in: true,
    });
    const [run, call] = await connected({ workflow_id: workflow.workflow_id });
    await until(() => call.heard.length >= 10, 'the announcement is heard');
    await speak(call, 5_000, () => call.words.includes('CLEAR'));
    expect(call.words).toContain('CLEAR');
    await exchange().end(call);
    await become(run, { status: 'completed' });
  });

  it('is hung up from our side, and we close the socket', async () => {
    const [run, call] = await connected();
    await api.request('POST', `/telephony/calls/${run.workflow_run_id}/hangup`);
    expect(await become(run, { status: 'completed' })).toMatchObject({ end_reason: 'api_hangup' });
    expect(call.alive).toBe(false);
    await until(() => call.closedWith === 1000, 'we close the socket');
  });

  it('is hung up before the call has an id, by that of its request', async () => {
    const run = await api.place({ to: THEIR_NUMBER });
    const call = exchange().calls.at(-1) as MadeUpCall;
    await api.request('POST', `/telephony/calls/${run.workflow_run_id}/hangup`);
    expect(call.alive).toBe(false);
    await become(run, { status: 'completed', end_reason: 'api_hangup' });
  });

  it('that is not taken says why', async () => {
    for (const [because, status] of [
      ['busy', 'busy'],
      ['no_answer', 'no-answer'],
      ['failed', 'failed'],
    ] as const) {
      const run = await api.place({ to: THEIR_NUMBER });
      const call = exchange().calls.at(-1) as MadeUpCall;
      await exchange().ring(call);
      await exchange().end(call, because);
      await become(run, { status });
    }
  });

  it('that comes in is answered by the workflow that has its number in this account', async () => {
    const claim = { number: FIRST_NUMBER, workflow_id: 1 };
    expect((await api.request('POST', '/phone-numbers', claim)).body).toMatchObject({
      account: 'made-up',
      provider: 'made-up',
    });
    const url = `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/made-up/events`;
    const call = await exchange().callIn(THEIR_NUMBER, FIRST_NUMBER, url);
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${call.id}&account=made-up`,
    );
    const [run] = body.data as [CallJson];
    expect(run).toMatchObject({ direction: 'inbound', account: 'made-up', to: FIRST_NUMBER });
    await become(run, { status: 'answered', streaming: true });
    await exchange().end(call);
    await become(run, { status: 'completed' });
  });

  it('to a number that nobody has claimed is turned away by the API', async () => {
    const url = `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/made-up/events`;
    const sent = exchange().callIn(THEIR_NUMBER, SECOND_NUMBER, url);
    const refused = await sent.catch((error: unknown) => error);
    expect(refused).toMatchObject({ rejected: false, alive: false });
    // What it tells of a call that is none of ours is not kept, and it is told so.
    expect(exchange().violations.splice(0)).toEqual([expect.stringContaining('404 run-unknown')]);
  });

  it('whose end was lost is reconciled, by whether it lives', async () => {
    const [run, call] = await connected();
    exchange().losesEvents = true;
    await exchange().end(call);
    call.socket?.terminate();
    exchange().losesEvents = false;
    expect(await become(run, { status: 'completed' })).toMatchObject({ streaming: false });
  });

  describe('what is not this account’s', () => {
    let run: CallJson;
    let call: MadeUpCall;
    const body = () => JSON.stringify({ event_id: 'ev_1', type: 'call.ringing', call_id: call.id });
    const now = () => Math.floor(Date.now() / 1000);
    beforeAll(async () => {
      run = await api.place({ to: THEIR_NUMBER });
      call = exchange().calls.at(-1) as MadeUpCall;
      await exchange().ring(call);
    });
    afterAll(() => exchange().end(call));

    it.each<[string, () => string | null, number, string]>([
      ['unsigned', () => null, 403, 'signature-missing'],
      [
        'signed by a stranger',
        () => signatureOf('another', body(), now()),
        403,
        'signature-mismatch',
      ],
      [
        'signed by the other account',
        () => signatureOf(SECRETS.second, body(), now()),
        403,
        'signature-mismatch',
      ],
      [
        'too old',
        () => signatureOf(SECRETS.first, body(), now() - TOLERANCE_SECONDS - 5),
        403,
        'signature-expired',
      ],
    ])('%s: refused', async (_, signature, status, reason) => {
      const reply = await exchange().send(call.eventsUrl, body(), signature());
      expect(reply).toEqual([status, reason]);
    });

    it('told again with the same signature: refused', async () => {
      const signature = signatureOf(SECRETS.first, body(), now());
      expect(await exchange().send(call.eventsUrl, body(), signature)).toEqual([
        200,
        '{"heard":true}',
      ]);
      expect(await exchange().send(call.eventsUrl, body(), signature)).toEqual([
        403,
        'signature-replayed',
      ]);
    });

    it('of an account that there is not, or of a path without one: refused', async () => {
      const base = `${PUBLIC_ORIGIN}/api/v1/telephony`;
      const sign = () => signatureOf(SECRETS.first, body(), now());
      expect(await exchange().send(`${base}/accounts/nobody/events/1`, body(), sign())).toEqual([
        404,
        'account-unknown',
      ]);
      expect(await exchange().send(`${base}/status-callback/1`, body(), sign())).toEqual([
        403,
        'signature-not-configured',
      ]);
    });

    it('on the path of the other account, which did not sign it: refused; signed by it: another’s call', async () => {
      const url = call.eventsUrl.replace('/made-up/', '/made-up-2/');
      const mine = signatureOf(SECRETS.first, body(), now());
      expect(await exchange().send(url, body(), mine)).toEqual([403, 'signature-mismatch']);
      const theirs = signatureOf(SECRETS.second, body(), now());
      expect(await exchange().send(url, body(), theirs)).toEqual([404, 'run-unknown']);
    });

    it('of another call: 409', async () => {
      const other = JSON.stringify({
        event_id: 'ev_2',
        type: 'call.ringing',
        call_id: 'call_other',
      });
      const signature = signatureOf(SECRETS.first, other, now());
      expect(await exchange().send(call.eventsUrl, other, signature)).toEqual([
        409,
        'call-id-mismatch',
      ]);
    });

    it('a stream without the token, with another, or with one that was used: 403 before the 101', async () => {
      const [streamed, phone] = await connected();
      const [url = ''] = phone.streamUrls;
      const base = url.slice(0, url.lastIndexOf('/'));
      expect(await exchange().open(call, url)).toBe(403);
      expect(await exchange().open(call, base)).toBe(403);
      expect(await exchange().open(call, `${base}/${'a'.repeat(43)}`)).toBe(403);
      expect(await exchange().open(call, `${base}/short`)).toBe(403);
      await exchange().end(phone);
      await become(streamed, { status: 'completed' });
      expect(await api.call(run.workflow_run_id)).toMatchObject({ status: 'ringing' });
    });
  });

  it('is placed by the account that is named, that owns the number, or that comes first', async () => {
    const placed = async (more: object) => {
      const run = await api.place({ to: THEIR_NUMBER, ...more });
      await exchange()
        .end(exchange().calls.at(-1) as MadeUpCall, 'busy')
        .catch(() => undefined);
      return [run.account, run.from];
    };
    const second = ['made-up-2', SECOND_NUMBER];
    expect(await placed({})).toEqual(['made-up', FIRST_NUMBER]);
    expect(await placed({ provider: 'made-up' })).toEqual(['made-up', FIRST_NUMBER]);
    expect(await placed({ account: 'made-up-2' })).toEqual(second);
    expect(await placed({ from: SECOND_NUMBER })).toEqual(second);
    // The exchange signs for the first account alone.
    exchange().violations.length = 0;
    const place = (more: object) =>
      api.request('POST', '/telephony/calls', { workflow_id: 1, to: THEIR_NUMBER, ...more });
    for (const wrong of [
      { account: 'nobody' },
      { provider: 'twilio' },
      { account: 'made-up', from: SECOND_NUMBER },
      { machine_detection: 'enable' },
    ]) {
      expect(await place(wrong)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    }
  });
});
