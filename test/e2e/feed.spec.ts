import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { CallFeed } from '../../src/calls/ledger/call-feed.js';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { Api, type CallJson } from '../support/api.js';
import { API_KEY, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { PATIENCE_MS } from '../support/patience.js';

const LONG = process.env['LONG_TESTS'] === '1';
/** `LONG_MINUTES=60 npm run test:long -- test/e2e/feed`: for an hour of it. */
const LONG_MS = Number(process.env['LONG_MINUTES'] ?? 5) * 60_000;

/** Before every event. */
const BEGINNING = '0.0.0';

interface FeedEvent {
  /** Opaque, but made of numbers. */
  id: string;
  call: CallJson;
}

/** Reads the feed until `enough` says so. */
async function listen(
  url: string,
  enough: (events: FeedEvent[]) => boolean,
  lastEventId?: string,
  opened: () => void = () => undefined,
): Promise<FeedEvent[]> {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/telephony/calls/stream`, {
    headers: {
      authorization: `Bearer ${API_KEY}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: AbortSignal.any([abort.signal, AbortSignal.timeout(PATIENCE_MS)]),
  });
  opened();
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const events: FeedEvent[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const match = /^event: call\nid: (\S+)\ndata: (.*)$/m.exec(block);
      if (match) events.push({ id: match[1] ?? '', call: JSON.parse(match[2] ?? '') });
    }
    if (enough(events)) break;
  }
  abort.abort();
  return events;
}

describe('the feed of calls', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway({ carrier: { behaviour: { hangUpAfterMs: 300 } } });
    api = new Api(gateway);
  });
  afterAll(() => gateway.stop());

  const ended = (events: FeedEvent[]): boolean => events.at(-1)?.call.status === 'completed';

  it('tells every change as it is committed, with rising ids', async () => {
    let listening: Promise<FeedEvent[]> = Promise.resolve([]);
    await new Promise<void>((opened) => {
      listening = listen(gateway.url, ended, undefined, opened);
    });
    const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
    const events = await listening;
    expect(events.every((event) => event.call.workflow_run_id === runId)).toBe(true);
    const statuses = events.map((event) => event.call.status);
    expect(new Set(statuses)).toEqual(
      new Set(['queued', 'initiated', 'ringing', 'answered', 'completed']),
    );
    const ids = events.map((event) => event.id);
    expect(ids).toEqual([...ids].sort(byPlace));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('ends when its key is revoked', async () => {
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Leaving' });
    const path = `/users/${user.body.user_id}/keys`;
    const { body } = await api.request<{ key: string; key_id: number }>('POST', path, {
      name: 'k',
    });
    const response = await fetch(`${gateway.url}/api/v1/telephony/calls/stream`, {
      headers: { authorization: `Bearer ${body.key}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    expect(response.status).toBe(200);
    await api.request('DELETE', `${path}/${body.key_id}`);
    // Resolves when the server has ended it, and throws when that takes too long.
    await response.text();
  });

  it('resumes after the last event that was seen, and tells what was missed', async () => {
    const first = await api.place({ to: THEIR_NUMBER });
    await api.until(first.workflow_run_id, (call) => call.status === 'completed');
    const [seen] = await listen(gateway.url, (events) => events.length > 0, BEGINNING);
    const second = await api.place({ to: THEIR_NUMBER });
    await api.until(second.workflow_run_id, (call) => call.status === 'completed');
    const resumed = await listen(
      gateway.url,
      (events) => events.some((event) => event.call.workflow_run_id === second.workflow_run_id),
      seen?.id,
    );
    expect(resumed.every((event) => byPlace(event.id, seen?.id ?? '') > 0)).toBe(true);
  });

  it('tells no calls that are over to a reader that comes with an id of an older release', async () => {
    const over = await api.place({ to: THEIR_NUMBER });
    await api.until(over.workflow_run_id, (call) => call.status === 'completed');
    let listening: Promise<FeedEvent[]> = Promise.resolve([]);
    await new Promise<void>((opened) => {
      listening = listen(gateway.url, ended, '17', opened);
    });
    const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
    const told = (await listening).map(({ call }) => call.workflow_run_id);
    expect(new Set(told)).toEqual(new Set([runId]));
  });

  it('tells nobody of the calls of somebody else', async () => {
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const key = await api.request<{ key: string }>('POST', `/users/${user.body.user_id}/keys`, {});
    const enough = new AbortController();
    const response = await fetch(`${gateway.url}/api/v1/telephony/calls/stream`, {
      headers: { authorization: `Bearer ${key.body.key}`, 'last-event-id': BEGINNING },
      signal: enough.signal,
    });
    const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
    await api.until(runId, (call) => call.status === 'completed');
    setTimeout(() => enough.abort(), 200);
    let text = '';
    try {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    } catch {
      // The time is over.
    }
    expect(text).not.toContain('event: call');
  });

  it('refuses a Last-Event-ID that is none', async () => {
    const reply = await api.request('GET', '/telephony/calls/stream', undefined, {
      'last-event-id': 'abc',
    });
    expect(reply.status).toBe(400);
  });

  (LONG ? it : it.skip)(
    'readers that do not read, for a long time: the process lives, and each of them is cut off',
    async () => {
      const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
      await api.until(runId, (call) => call.status === 'completed');
      const run = await gateway.service.app.get(CallLedger).find({ runId });
      if (!run) throw new Error('no run');
      const feed = gateway.service.app.get(CallFeed);
      const large = { ...run, context: { ballast: 'x'.repeat(256 * 1024) } };
      let position = run.position + 1_000_000;
      const giveUpAt = Date.now() + LONG_MS;
      while (Date.now() < giveUpAt) {
        const stalled = await Promise.all(
          Array.from({ length: 19 }, (_, index) =>
            stalledReader(gateway, index % 2 === 0 ? null : BEGINNING),
          ),
        );
        const healthy = listen(
          gateway.url,
          (events) => events.at(-1)?.id.endsWith(`.${position + 100}`) === true,
        );
        await new Promise((next) => setTimeout(next, 500));
        for (let change = 1; change <= 100; change += 1) {
          feed.publish({ ...large, position: position + change });
          await new Promise((next) => setTimeout(next, 10));
        }
        expect(await healthy).toHaveLength(100);
        position += 100;
        // They read at last: what the connection held, and then its end.
        for (const reader of stalled) {
          const closed = once(reader, 'close');
          reader.resume();
          await closed;
        }
      }
      expect((await api.call(runId)).status).toBe('completed');
    },
    2 * LONG_MS,
  );
});

/** As ids follow each other. */
function byPlace(one: string, other: string): number {
  const [a = [], b = []] = [one, other].map((id) => id.split('.').map(Number));
  return (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0);
}

/** Asks for the feed, and reads nothing. */
async function stalledReader(gateway: Gateway, lastEventId: string | null): Promise<Socket> {
  const reader = connect(gateway.port, '127.0.0.1');
  reader.on('error', () => undefined);
  await once(reader, 'connect');
  reader.pause();
  const last = lastEventId === null ? '' : `Last-Event-ID: ${lastEventId}\r\n`;
  reader.write(
    `GET /api/v1/telephony/calls/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_KEY}\r\n${last}\r\n`,
  );
  return reader;
}
