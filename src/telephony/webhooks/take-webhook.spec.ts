import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCarrier } from '../../../test/support/fake-carrier.js';
import type { AnswerCall } from './answer-call.js';
import type { RecordCallback } from './record-callback.js';
import { TakeWebhook } from './take-webhook.js';

const carrier = new FakeCarrier();
let asked: unknown[];
let recorded: unknown[];
let webhooks: TakeWebhook;

beforeEach(() => {
  asked = [];
  recorded = [];
  const answers = {
    answer: (...told: unknown[]) => {
      asked.push(told);
      return Promise.resolve({ kind: 'hangup' });
    },
  } as unknown as AnswerCall;
  const callbacks = {
    record: (...told: unknown[]) => {
      recorded.push(told);
      return Promise.resolve();
    },
  } as unknown as RecordCallback;
  webhooks = new TakeWebhook(answers, callbacks);
});

const IDS = { CallSid: `CA${'0a'.repeat(16)}`, AccountSid: carrier.accountId };

function webhook(fields: Record<string, string>, query: Record<string, string> = {}) {
  const request = {
    method: 'POST',
    headers: {},
    body: Buffer.from(new URLSearchParams(fields).toString()),
    target: '/',
    urls: [],
  };
  return { account: carrier, ingress: carrier.ingress, request, query: Object.entries(query) };
}

describe('a request that is not valid', () => {
  afterEach(() => expect([asked, recorded]).toEqual([[], []]));

  it.each<[Record<string, string>, Record<string, string>, string]>([
    [IDS, { workflow_id: '1' }, 'user_id is missing'],
    [IDS, { workflow_id: 'x', user_id: '1', workflow_run_id: '1' }, 'positive integer'],
    [{ ...IDS, CallSid: 'x' }, {}, 'CallSid'],
  ])('is malformed: %j %j', async (fields, query, problem) => {
    await expect(webhooks.take(webhook(fields, query), 'answer', null)).rejects.toMatchObject({
      httpStatus: 400,
      surface: 'answer',
      reason: 'malformed',
      refusalDetail: { problem: expect.stringContaining(problem) as unknown },
    });
    expect(() => webhooks.check(webhook(fields, query), 'answer', null)).toThrow('malformed');
  });

  it('is malformed as a callback too, and names the run of its path', async () => {
    const senseless = webhook({ ...IDS, CallStatus: 'sleeping' });
    await expect(webhooks.take(senseless, 'events', 7)).rejects.toMatchObject({
      httpStatus: 400,
      surface: 'status-callback',
      reason: 'malformed',
      runId: 7,
    });
  });
});

describe('a request', () => {
  it('with a question is answered, and the ids of the URL name its run', async () => {
    const query = { workflow_id: '1', user_id: '2', workflow_run_id: '3' };
    const reply = await webhooks.take(webhook(IDS, query), 'answer', null);
    expect(reply).toMatchObject({ status: 200, contentType: expect.stringContaining('xml') });
    expect(asked).toMatchObject([
      [carrier, { ids: { call: IDS.CallSid } }, { workflowId: 1, userId: 2, runId: 3 }],
    ]);
  });

  it('with an event is kept and acknowledged without a body', async () => {
    const told = webhook({ ...IDS, CallStatus: 'ringing' });
    expect(await webhooks.take(told, 'events', 7)).toEqual({
      status: 204,
      contentType: null,
      body: '',
    });
    expect(asked).toEqual([]);
    expect(recorded).toMatchObject([[carrier, { events: [{ status: 'ringing' }] }, 7]]);
  });

  it('that only checks receives the form of an answer, and nothing happens', () => {
    expect(webhooks.check(webhook(IDS), 'answer', null)).toMatchObject({ status: 200 });
    expect([asked, recorded]).toEqual([[], []]);
  });
});
