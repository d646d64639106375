import { describe, expect, it } from '@jest/globals';
import { isMalformed, type Told } from '../ingress.js';
import { readRequest } from './told.js';

const CALL = '63f61863-4a51-4f6b-86e1-46edebcf9356';
const ACCOUNT = '/api/v1/telephony/accounts/vonage';
const OF_RUN = `${ACCOUNT}/answer?workflow_id=1&user_id=1&workflow_run_id=2`;

function told(fields: object, target = `${ACCOUNT}/events/2`, method = 'POST'): Told {
  const body = Buffer.from(method === 'GET' ? '' : JSON.stringify({ uuid: CALL, ...fields }));
  const purpose = target.includes('/answer') ? 'answer' : 'events';
  const read = readRequest({ method, headers: {}, body, target, urls: [] }, purpose);
  if (isMalformed(read)) throw new Error(read.malformed);
  return read;
}

const outbound = (status: string, more: object = {}) => ({
  status,
  direction: 'outbound',
  ...more,
});

describe('what Vonage tells', () => {
  it.each([
    ['started', 'initiated'],
    ['ringing', 'ringing'],
    ['answered', 'answered'],
    ['completed', 'completed'],
    ['busy', 'busy'],
    ['timeout', 'no-answer'],
    ['unanswered', 'no-answer'],
    ['cancelled', 'canceled'],
    // Who declines a call is not busy.
    ['rejected', 'failed'],
    ['failed', 'failed'],
  ])('%s is the status %s', (word, status) => {
    const { events, ids } = told(outbound(word, { detail: 'declined' }));
    expect(events).toMatchObject([{ type: 'status', status, providerStatus: word }]);
    expect(ids).toEqual({ call: CALL });
  });

  it('of a stream that is over is not the end of the call', () => {
    const { events } = told(outbound('disconnected'));
    expect(events).toMatchObject([{ type: 'stream', status: null }]);
    const ofStream = told(outbound('completed', { to: 'wss://calls.example.com/x' }));
    expect(ofStream).toMatchObject({ ids: { call: null }, events: [], question: null });
  });

  it('of a call that comes in is nothing before its question', () => {
    for (const status of ['started', 'ringing']) {
      expect(told({ status, direction: 'inbound' })).toMatchObject({
        ids: { call: null },
        events: [],
      });
    }
    expect(told({ status: 'answered', direction: 'inbound' }).events).toHaveLength(1);
  });

  it('of a call without an id, or without anything, is malformed or nothing', () => {
    expect(() => told(outbound('busy', { uuid: undefined }))).toThrow('uuid');
    expect(told({ uuid: undefined, reason: 'Syntax error' })).toMatchObject({ events: [] });
    const body = Buffer.from('[]');
    const request = { method: 'POST', headers: {}, body, target: '/', urls: [] };
    expect(readRequest(request, 'events')).toEqual({ malformed: 'not a JSON object' });
  });

  it('of machines is who answered', () => {
    const by = (fields: object) =>
      told({ uuid: undefined, call_uuid: CALL, ...fields }).events[0]?.answeredBy;
    expect(by({ status: 'human' })).toBe('human');
    expect(by({ status: 'machine' })).toBe('machine_start');
    expect(by({ status: 'machine', sub_state: 'beep_start' })).toBe('machine_end_beep');
    expect(by({ status: 'machine', sub_state: 'beep_timeout' })).toBe('machine_end_silence');
    expect(by({ status: 'machine', sub_state: 'constructor' })).toBe('machine_start');
  });
});

describe('what Vonage asks', () => {
  it('is for the first instruction: of a call that comes in, or of the run in the address', () => {
    const query = `from=14155552671&to=12025550100&uuid=${CALL}&conversation_uuid=CON-1`;
    expect(told({}, `${ACCOUNT}/answer?${query}`, 'GET')).toMatchObject({
      ids: { call: CALL, session: 'CON-1' },
      question: {
        direction: 'inbound',
        from: '+14155552671',
        to: '+12025550100',
        status: 'ringing',
      },
    });
    expect(told({}, OF_RUN).question).toMatchObject({ direction: 'outbound', status: 'answered' });
  });

  it('is what follows a stream that is lost or was not reached, whose leg is no call of ours', () => {
    for (const status of ['disconnected', 'failed', 'unanswered', 'rejected', 'timeout', 'busy']) {
      const { ids, question, events } = told(outbound(status), OF_RUN);
      expect([status, ids.call, question?.status]).toEqual([status, null, null]);
      expect(events).toMatchObject([{ type: 'stream', status: null }]);
    }
    for (const status of ['started', 'ringing', 'answered', 'completed']) {
      expect(told(outbound(status), OF_RUN)).toMatchObject({ events: [], question: null });
    }
  });

  it('is what follows a person who was not reached, or hung up, and nothing while they talk', () => {
    const of = (status: string, more: object = {}) =>
      told(outbound(status, more), `${OF_RUN}&transfer=1`);
    expect(of('ringing')).toMatchObject({
      leg: { step: 'ringing', transfer: 1, leg: CALL },
      question: null,
    });
    expect(of('answered')).toMatchObject({ leg: { step: 'answered' }, question: null });
    expect(of('busy')).toMatchObject({
      leg: { step: 'over', failure: 'busy' },
      question: { status: null },
    });
    expect(of('timeout').leg).toMatchObject({ failure: 'no_answer' });
    expect(of('rejected').leg).toMatchObject({ failure: 'failed' });
    const talked = { duration: '7', start_time: '2026-11-20T14:00:00.000Z' };
    expect(of('completed', talked)).toMatchObject({
      leg: { step: 'over', failure: null, durationSeconds: 7 },
      question: {},
    });
    // It follows every end, and may come before the one that says more.
    const bare = of('completed', { duration: '0', start_time: null });
    expect(bare).toMatchObject({ events: [], question: null });
    expect(bare.leg).toBeUndefined();
  });
});
