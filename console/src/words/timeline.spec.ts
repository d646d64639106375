import { describe, expect, it } from '@jest/globals';
import { callEvent as event } from '../test-kit/call-event.js';
import { describeEvent, describeEvents } from './timeline.js';

describe('an event in words', () => {
  it('says what happened and who reported it', () => {
    expect(describeEvent(event({ status: 'ringing' }))).toEqual({
      title: 'Ringing',
      notes: ['reported by the carrier'],
      tone: 'waiting',
      mark: null,
    });
    expect(describeEvent(event({ status: 'completed', source: 'reconcile' })).notes).toEqual([
      'the carrier was asked',
    ]);
  });

  it.each(['duplicate', 'late'] as const)('marks one that came %s', (outcome) => {
    expect(describeEvent(event({ status: 'ringing', outcome })).mark).toBe(outcome);
  });

  it('marks what another event had reported already, but not a second dial', () => {
    const told = [
      event({ status: 'initiated', source: 'api', detail: { dial: 'retried' } }),
      event({ status: 'initiated', source: 'api', detail: { dial: 'retried' } }),
      event({ status: 'answered' }),
      event({ status: 'answered', outcome: 'duplicate' }),
      event({ status: 'answered', source: 'media' }),
      event({ type: 'stream', source: 'media', detail: { stream: 'started' } }),
    ];
    const marks = describeEvents(told).map(({ mark }) => mark);
    expect(marks).toEqual([null, null, null, 'duplicate', 'again', null]);
  });

  it('gives the reason of a refused dial in the carrier’s words', () => {
    const line = describeEvent(
      event({ status: 'failed', source: 'api', detail: { reason: 'No such number', code: 21211 } }),
    );
    expect(line).toMatchObject({ title: 'Failed', tone: 'bad' });
    expect(line.notes).toEqual(['by our side', 'code: 21211', 'No such number']);
  });

  it('says which account was asked to dial, and what it answered', () => {
    const of = (detail: Record<string, unknown>) =>
      describeEvent(event({ type: 'dial', source: 'api', detail }));
    expect(of({ account: 'second', result: 'accepted', code: null })).toMatchObject({
      title: 'Dialled',
      notes: ['account second'],
      tone: 'active',
    });
    const refused = {
      account: 'twilio',
      result: 'rejected',
      code: '20003',
      reason: 'Authenticate',
    };
    expect(of(refused)).toMatchObject({
      title: 'The carrier refused to dial',
      notes: ['account twilio', 'Authenticate', 'code 20003'],
      tone: 'bad',
    });
  });

  it('says how a stream ended, after how long and with which code', () => {
    const detail = { stream: 'ended', cause: 'lost', code: 4408, duration_ms: 2_400 };
    expect(describeEvent(event({ type: 'stream', source: 'media', detail }))).toMatchObject({
      title: 'Media stream ended',
      notes: ['the connection was lost', 'after 2.4 s', 'closed with 4408'],
      tone: 'bad',
    });
  });

  it('says what a caller who talked over the agent did to it', () => {
    const of = (detail: Record<string, unknown>) =>
      describeEvent(event({ type: 'interruption', source: 'media', detail }));
    expect(of({ step: 'paused', heard_ms: 1_240 })).toMatchObject({
      title: 'The caller may be talking: the agent paused',
      notes: ['after 1.2 s of what it said'],
    });
    expect(of({ step: 'resumed', heard_ms: 1_240, reason: 'nothing' })).toMatchObject({
      title: 'The agent went on',
      notes: ['it was no speech'],
    });
    expect(of({ step: 'given_up', heard_ms: null })).toMatchObject({
      title: 'The caller talked over the agent, which stopped',
      notes: [],
    });
  });

  it('says that a stream began and how long there was none, and that it was asked to move', () => {
    const of = (detail: Record<string, unknown>) =>
      describeEvent(event({ type: 'stream', source: 'media', detail }));
    expect(of({ stream: 'started' })).toMatchObject({ title: 'Media stream started', notes: [] });
    expect(of({ step: 'started', generation: 2, gap_ms: 340 })).toMatchObject({
      title: 'Media stream started',
      notes: ['after 340 ms without one'],
    });
    expect(of({ step: 'moved', generation: 2 }).title).toBe('Media stream asked to move');
    expect(of({ step: 'ended', cause: 'stop' }).title).toBe('Media stream ended');
  });

  it('shows the failure of an agent with its reason', () => {
    const detail = { agent: 'failed', reason: 'it threw' };
    expect(describeEvent(event({ type: 'agent', source: 'media', detail }))).toMatchObject({
      title: 'The agent failed',
      notes: ['it threw'],
      tone: 'bad',
    });
  });

  it('shows what an agent has told, with its facts', () => {
    const renewed = {
      agent: 'session_renewed',
      reason: 'it was closed',
      gap_ms: 300,
      generation: 1,
    };
    expect(describeEvent(event({ type: 'agent', source: 'media', detail: renewed }))).toMatchObject(
      {
        title: expect.stringContaining('began a new one'),
        notes: ['it was closed', 'gap ms: 300'],
        tone: 'neutral',
      },
    );
    const own = { agent: 'slow', generation: 1 };
    expect(describeEvent(event({ type: 'agent', source: 'media', detail: own }))).toMatchObject({
      title: 'Agent: slow',
      notes: [],
    });
  });

  it('tells who answered', () => {
    const detail = { answered_by: 'machine_end_beep', detection_ms: 3_100 };
    expect(describeEvent(event({ type: 'machine', detail }))).toMatchObject({
      title: 'Answered by machine end beep',
      notes: ['found in 3.1 s'],
    });
  });

  it.each(['hung_up', 'message_begun', 'message_left', 'message_impossible'])(
    'tells what was done about a machine: %s',
    (step) => {
      const line = describeEvent(event({ type: 'machine', detail: { on_machine: step } }));
      expect(line.title).not.toContain(step);
      expect(line.notes).toEqual([]);
    },
  );

  it('tells that keys were pressed, by whom, and what became of them', () => {
    const of = (detail: Record<string, unknown>) =>
      describeEvent(event({ type: 'digits', detail }));
    expect(of({ by: 'api', count: 4, outcome: 'sent' })).toMatchObject({
      title: '4 keys pressed by our side',
      notes: ['sent'],
    });
    expect(of({ by: 'agent', count: 1, outcome: 'interrupted' })).toMatchObject({
      title: '1 key pressed by the agent',
      notes: ['cut off'],
      tone: 'bad',
    });
  });

  it('tells each step of a transfer', () => {
    const of = (detail: Record<string, unknown>) =>
      describeEvent(event({ type: 'transfer', source: 'api', detail }));
    expect(of({ step: 'started', transfer: 1, target: 'Sales', announced: true })).toMatchObject({
      title: 'Transfer to a person',
      notes: ['to Sales', 'announced'],
    });
    expect(of({ step: 'failed', transfer: 1, reason: 'no_answer' })).toMatchObject({
      notes: ['nobody answered'],
      tone: 'bad',
    });
    expect(of({ step: 'ended', provider_call_id: 'CA1', duration_seconds: 3 })).toMatchObject({
      notes: ['after 3.0 s', 'CA1'],
    });
  });

  it('leaves out nothing of an event that it does not know', () => {
    const line = describeEvent(event({ type: 'weather', detail: { rain_mm: 3 } }));
    expect(line).toMatchObject({ title: 'weather', notes: ['rain mm: 3'] });
  });
});
