import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type CallJson } from '../support/api.js';
import { API_KEY, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { PATIENCE_MS } from '../support/patience.js';

interface FeedEvent {
  id: number;
  call: CallJson;
}

/** Reads the feed until `enough` says so. */
async function listen(
  url: string,
  enough: (events: FeedEvent[]) => boolean,
  lastEventId?: number,
  opened: () => void = () => undefined,
): Promise<FeedEvent[]> {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/telephony/calls/stream`, {
    headers: {
      authorization: `Bearer ${API_KEY}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
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
      const match = /^event: call\nid: (\d+)\ndata: (.*)$/m.exec(block);
      if (match) events.push({ id: Number(match[1]), call: JSON.parse(match[2] ?? '') });
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
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
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
    const [seen] = await listen(gateway.url, (events) => events.length > 0, 0);
    const second = await api.place({ to: THEIR_NUMBER });
    await api.until(second.workflow_run_id, (call) => call.status === 'completed');
    const resumed = await listen(
      gateway.url,
      (events) => events.some((event) => event.call.workflow_run_id === second.workflow_run_id),
      seen?.id,
    );
    expect(resumed.every((event) => event.id > (seen?.id ?? 0))).toBe(true);
  });

  it('tells nobody of the calls of somebody else', async () => {
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const key = await api.request<{ key: string }>('POST', `/users/${user.body.user_id}/keys`, {});
    const enough = new AbortController();
    const response = await fetch(`${gateway.url}/api/v1/telephony/calls/stream`, {
      headers: { authorization: `Bearer ${key.body.key}`, 'last-event-id': '0' },
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
});
