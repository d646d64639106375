import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { toWire } from '../../src/audio/wire-format.js';
import { Refusals } from '../../src/calls/refusals.js';
import { SyncedFeeds } from '../../src/control/synced-feeds.js';
import type { CarrierAccount } from '../../src/providers/carrier-account.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { Api, type CallJson } from '../support/api.js';
import { BINARY_FORMAT } from '../support/binary-dialect.js';
import { FeedExchange, type FeedCall } from '../support/feed-carrier/feed-exchange.js';
import {
  OUR_NUMBER,
  startFeedGateway,
  UNCLAIMED_NUMBER,
  type FeedGateway,
} from '../support/feed-gateway.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { postgresStores } from '../support/stores.js';

let gateway: FeedGateway;
let api: Api;
const exchange = () => gateway.exchange;

const become = (run: CallJson, fields: Partial<CallJson>) =>
  until(
    async () => {
      const now = await api.call(run.workflow_run_id);
      const names = Object.keys(fields) as Array<keyof CallJson>;
      return names.every((name) => now[name] === fields[name]) && now;
    },
    `the call became ${JSON.stringify(fields)}`,
  );

const runOf = async (call: FeedCall): Promise<CallJson> =>
  until(async () => {
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${call.id}&account=fed`,
    );
    return body.data[0] && api.call(body.data[0].workflow_run_id);
  }, 'the call is a run');

const placed = async (): Promise<[CallJson, FeedCall]> => {
  const run = await api.place({ to: THEIR_NUMBER });
  const call = exchange().calls.find((one) => one.reference === String(run.workflow_run_id));
  return [run, call as FeedCall];
};

/** Placed, answered, and its stream open. */
const connected = async (): Promise<[CallJson, FeedCall]> => {
  const [run, call] = await placed();
  exchange().answer(call);
  return [await become(run, { streaming: true }), call];
};

const refused = (reason: string): number =>
  gateway.app
    .get(Refusals)
    .counted()
    .filter((one) => one.reason === reason)
    .reduce((sum, { count }) => sum + count, 0);

const claim = () =>
  api.request('POST', '/phone-numbers', { number: OUR_NUMBER, account: 'fed', workflow_id: 1 });

const isReady = () =>
  until(async () => {
    const { body } = await api.request<{ code?: string }>('POST', '/telephony/calls', {
      workflow_id: 1,
      to: THEIR_NUMBER,
    });
    return body.code === undefined;
  }, 'the feed is read');

/** A carrier that reports on a socket, needs no public address, and lists its calls, no more. */
describe('a call of a carrier with a feed', () => {
  beforeAll(async () => {
    gateway = await startFeedGateway();
    api = new Api(gateway);
    await isReady();
    await claim();
  });
  afterAll(() => gateway.stop());
  afterEach(() => expect(exchange().violations).toEqual([]));

  it('is placed without a public address, streams, and ends; each event has the source feed', async () => {
    const [run, call] = await placed();
    // This carrier does not report that it dials.
    expect(run).toMatchObject({ account: 'fed', status: 'initiated', provider_call_id: call.id });
    exchange().tell(call, 'ringing');
    await become(run, { status: 'ringing' });
    exchange().answer(call);
    await become(run, { status: 'answered', streaming: true });
    expect(call.streamUrls).toHaveLength(1);
    const loud = toWire(BINARY_FORMAT)(Buffer.alloc(160, 0x10));
    await until(() => {
      call.socket?.send(loud);
      return call.heard.length >= 10;
    }, 'the echo is heard');
    exchange().end(call);
    const { events } = await become(run, { status: 'completed', end_reason: 'caller_hangup' });
    const reported = events.filter(({ source }) => source === 'feed');
    expect(reported.map(({ status }) => status)).toEqual(['ringing', 'answered', 'completed']);
    expect(events.find(({ status }) => status === 'initiated')).toMatchObject({ source: 'api' });
  });

  it('is known by its reference when an event comes before the reply to the dial', async () => {
    exchange().ringsFirst = true;
    const [run, call] = await placed();
    exchange().ringsFirst = false;
    await become(run, { status: 'ringing', provider_call_id: call.id });
    exchange().end(call, 'busy');
    await become(run, { status: 'busy', end_reason: 'busy' });
  });

  it('whose reply was lost is known by its events', async () => {
    exchange().losesReplies = true;
    const [run, call] = await placed();
    exchange().losesReplies = false;
    expect(run).toMatchObject({ status: 'submission-unknown', provider_call_id: null });
    exchange().tell(call, 'ringing');
    await become(run, { status: 'ringing', provider_call_id: call.id });
    exchange().end(call, 'no_answer');
    await become(run, { status: 'no-answer', end_reason: 'no_answer' });
  });

  it('is hung up from our side', async () => {
    const [run, call] = await connected();
    await api.request('POST', `/telephony/calls/${run.workflow_run_id}/hangup`);
    await become(run, { status: 'completed', end_reason: 'api_hangup' });
    expect(call.alive).toBe(false);
  });

  it('that comes in is answered by the workflow that has its number', async () => {
    const call = exchange().callIn(THEIR_NUMBER, OUR_NUMBER);
    const run = await runOf(call);
    expect(run).toMatchObject({ direction: 'inbound', account: 'fed', to: OUR_NUMBER });
    await become(run, { status: 'answered', streaming: true });
    exchange().end(call);
    await become(run, { status: 'completed' });
  });

  it('to a number that nobody has claimed is turned away, and what follows belongs to no call', async () => {
    const unknown = refused('run-unknown');
    const call = exchange().callIn(THEIR_NUMBER, UNCLAIMED_NUMBER);
    await until(() => call.rejected !== null, 'the call is turned away');
    expect(call.rejected).toBe(false);
    exchange().end(call, 'failed');
    // Its first event and its end.
    await until(() => refused('run-unknown') === unknown + 2, 'both are refused');
    expect(refused('number-not-claimed')).toBe(1);
  });

  it('whose stream was lost gets another one from us', async () => {
    const [run, call] = await connected();
    call.socket?.terminate();
    await until(() => call.streamUrls.length === 2, 'we ask for a second stream');
    const now = await until(async () => {
      const { streaming, events } = await api.call(run.workflow_run_id);
      return streaming && events.filter(({ detail }) => detail['step'] === 'started').length === 2;
    }, 'it streams again');
    expect(now).toBe(true);
    exchange().end(call);
    await become(run, { status: 'completed', end_reason: 'caller_hangup' });
  });

  it('whose stream can be given no successor is over when the carrier does not list it', async () => {
    const [run, call] = await connected();
    exchange().cut();
    // Its end is lost, and so is its stream.
    exchange().end(call);
    call.socket?.terminate();
    const { end_reason: reason } = await become(run, { status: 'completed', streaming: false });
    // By the list alone, or by it after the failed attempt to stream again had us ask.
    expect(['unknown', 'stream_lost']).toContain(reason);
    expect(call.streamUrls).toHaveLength(1);
  });

  it('is compared with the carrier’s list after a reconnection', async () => {
    const ended = await connected();
    const lasting = await connected();
    exchange().accepts = false;
    exchange().cut();
    await until(() => !exchange().isConnected, 'the connection is lost');
    exchange().end(ended[1]);
    const waiting = exchange().callIn(THEIR_NUMBER, OUR_NUMBER);
    expect(waiting.streamUrls).toEqual([]);
    exchange().accepts = true;
    await become(ended[0], { status: 'completed', end_reason: 'unknown', streaming: false });
    // The call that came in meanwhile has waited, and the other one has lost nothing.
    await become(await runOf(waiting), { status: 'answered', streaming: true });
    expect(await api.call(lasting[0].workflow_run_id)).toMatchObject({
      status: 'answered',
      streaming: true,
    });
    expect(lasting[1].streamUrls).toHaveLength(1);
    exchange().end(waiting);
    exchange().end(lasting[1]);
    await become(lasting[0], { status: 'completed', end_reason: 'caller_hangup' });
  });

  it('is not placed while nobody would hear of it, and waits until somebody does', async () => {
    exchange().hidesList = true;
    const { connections } = exchange();
    exchange().cut();
    await until(() => exchange().connections > connections, 'there is a new connection');
    const before = exchange().calls.length;
    const request = api.request<{ workflow_run_id: number }>('POST', '/telephony/calls', {
      workflow_id: 1,
      to: THEIR_NUMBER,
    });
    const waiting = await until(async () => {
      const { body } = await api.request<{ data: CallJson[] }>(
        'GET',
        '/telephony/calls?status=queued',
      );
      return body.data[0];
    }, 'it waits in the queue');
    expect(exchange().calls).toHaveLength(before);
    exchange().hidesList = false;
    const { status, body } = await request;
    expect([status, body.workflow_run_id]).toEqual([201, waiting.workflow_run_id]);
    const run = await become(waiting, { status: 'initiated' });
    const tries = run.events.filter(({ type }) => type === 'dial');
    expect(tries.map(({ detail }) => detail['result'])).toEqual(['accepted']);
    expect(exchange().calls).toHaveLength(before + 1);
    exchange().end(exchange().calls[before] as FeedCall);
    await become(run, { status: 'completed' });
  });
});

const source = await postgresStores();
afterAll(() => source?.dispose());

(source ? it : it.skip)(
  'of several instances one reads the feed and dials; when it stops, another goes on',
  async () => {
    const store = await source!.create();
    const carrier = await FeedExchange.start('key-of-the-fed-api');
    const env = { ...store.env, CREDENTIALS_KEY: Buffer.alloc(32, 1).toString('base64') };
    const start = () => startFeedGateway(env, carrier);
    const [first, second] = [await start(), await start()];
    const running = new Set([first, second]);
    try {
      gateway = second;
      api = new Api(second);
      // A busy machine may answer 503 first.
      const dialled = () => until(() => placed().catch(() => null), 'a call is placed');
      const [run, call] = await dialled();
      carrier.tell(call, 'ringing');
      await become(run, { status: 'ringing' });
      running.delete(first);
      await first.stop();
      const account = second.app.get(ProviderRegistry).find('fed') as CarrierAccount;
      await until(() => second.app.get(SyncedFeeds).mayDial(account), 'the other one reads it');
      carrier.end(call, 'no_answer');
      await become(run, { status: 'no-answer' });
      const [again, other] = await dialled();
      carrier.end(other, 'busy');
      await become(again, { status: 'busy' });
      expect([carrier.connectionsAtOnce, carrier.violations]).toEqual([1, []]);
    } finally {
      for (const one of running) await one.stop();
      await carrier.stop();
      await store.remove();
    }
  },
);

it('after a restart, a call that lives streams again and one that has ended is ended', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
  const carrier = await FeedExchange.start('key-of-the-fed-api');
  gateway = await startFeedGateway({ DATA_DIR: dataDir }, carrier);
  api = new Api(gateway);
  await isReady();
  const [lasting, call] = await connected();
  const [ended, other] = await connected();
  await gateway.stop();
  await until(() => !call.streaming && !carrier.isConnected, 'everything is closed');
  carrier.end(other);
  gateway = await startFeedGateway({ DATA_DIR: dataDir }, carrier);
  api = new Api(gateway);
  await become(ended, { status: 'completed', end_reason: 'unknown' });
  await become(lasting, { status: 'answered', streaming: true });
  carrier.end(call);
  await become(lasting, { status: 'completed', end_reason: 'caller_hangup' });
  expect(carrier.violations).toEqual([]);
  await gateway.stop();
  await carrier.stop();
  await rm(dataDir, { recursive: true, force: true });
});
