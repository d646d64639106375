import { describe, expect, test } from '@jest/globals';
import { at, recorded, told } from '../../../test/support/call-builders.js';
import { callEvent, type CallEventDraft, type EventSource } from './call-event.js';
import {
  transferAnswered,
  transferEnded,
  transferFailed,
  transferStarted,
} from '../transfers/transfer-events.js';
import { settleCall, type RunFacts, type SettledCall } from './settle-call.js';

const FACTS: RunFacts = { callIdKnown: true, hangupReason: null, maxDurationSeconds: 3_600 };

/**
 * Settles the events as if each had arrived a second after the previous one, and
 * checks that the reverse order gives the same result.
 */
function settle(drafts: CallEventDraft[], facts: Partial<RunFacts> = {}): SettledCall {
  const events = drafts.map((draft, index) => recorded(draft, at(100 + index)));
  const all = { ...FACTS, ...facts };
  const settled = settleCall(all, events);
  expect(settleCall(all, events.toReversed())).toEqual(settled);
  return settled;
}

describe('while a call is going on', () => {
  test('a call without events is queued', () => {
    expect(settle([])).toEqual({
      status: 'queued',
      answeredAt: null,
      endedAt: null,
      durationSeconds: null,
      endReason: null,
      answeredBy: null,
      sipCode: null,
    });
  });

  test('rank decides, not order: an answered call does not go back to ringing', () => {
    expect(settle([told('answered'), told('ringing'), told('initiated')]).status).toBe('answered');
    expect(settle([told('ringing', { sequence: 9 }), told('answered', { sequence: 1 })]).status) //
      .toBe('answered');
  });

  test('a lost reply to the dial is unknown until anything is known', () => {
    const lost = told('submission-unknown', { source: 'reconcile' });
    expect(settle([lost], { callIdKnown: false }).status).toBe('submission-unknown');
    expect(settle([lost, told('queued')], { callIdKnown: false }).status) //
      .toBe('submission-unknown');
    expect(settle([lost], { callIdKnown: true }).status).toBe('queued');
    expect(settle([lost, told('ringing')], { callIdKnown: false }).status).toBe('ringing');
  });

  test('the carrier’s time of an answer counts before ours, then the earliest', () => {
    const byStart = told('answered', { source: 'media' });
    const byCarrier = told('answered', { occurredAt: at(7) });
    expect(settle([byStart]).answeredAt).toEqual(at(100));
    expect(settle([byStart, byCarrier]).answeredAt).toEqual(at(7));
    expect(settle([byCarrier, told('answered', { occurredAt: at(5) })]).answeredAt).toEqual(at(5));
  });

  test('events of other types do not change the status', () => {
    const agent = callEvent({ type: 'agent', source: 'media', endReason: 'agent_hangup' });
    const stream = callEvent({ type: 'stream', source: 'media', detail: { stream: 'ended' } });
    expect(settle([told('ringing'), agent, stream])).toMatchObject({
      status: 'ringing',
      endReason: null,
    });
  });
});

describe('among several ends', () => {
  test.each<[string, CallEventDraft, CallEventDraft]>([
    [
      'the lowest sequence number stays',
      told('canceled', { sequence: 2, occurredAt: at(9) }),
      told('completed', { sequence: 3, occurredAt: at(1) }),
    ],
    [
      'one with a sequence number stays before one without',
      told('completed', { sequence: 7, source: 'reconcile' }),
      told('failed', { sequence: null }),
    ],
    [
      'without numbers, the carrier’s callback stays before what it said when asked',
      told('no-answer'),
      told('busy', { source: 'reconcile' }),
    ],
    [
      'what the carrier said when asked, before what its question told',
      told('failed', { source: 'reconcile' }),
      told('completed', { source: 'answer' }),
    ],
    [
      'the question, before the stream',
      told('failed', { source: 'answer' }),
      told('completed', { source: 'media' }),
    ],
    [
      'the stream, before our own API',
      told('failed', { source: 'media' }),
      told('canceled', { source: 'api' }),
    ],
    [
      'our own API, before what only a later release knows',
      told('failed', { source: 'api' }),
      told('canceled', { source: 'cluster' as EventSource }),
    ],
    [
      'of one source, the earliest by the carrier’s clock',
      told('failed', { occurredAt: at(3) }),
      told('busy', { occurredAt: at(4) }),
    ],
    ['nothing else, the name', told('busy'), told('failed')],
    [
      'what the carrier said, before what we concluded',
      told('completed', { source: 'reconcile', durationSeconds: 3 }),
      told('canceled', { source: 'reconcile', providerStatus: null, occurredAt: at(1) }),
    ],
    ...(['busy', 'no-answer', 'failed', 'canceled'] as const).flatMap(
      (status): Array<[string, CallEventDraft, CallEventDraft]> => [
        [`${status} before a bare end`, told(status), told('completed')],
        [
          `${status} before a bare end of the same moment`,
          told(status, { occurredAt: at(4) }),
          told('completed', { occurredAt: at(4), durationSeconds: 0 }),
        ],
        [
          `${status} before a bare end that claims to be earlier`,
          told(status, { occurredAt: at(4), source: 'reconcile' }),
          told('completed', { occurredAt: at(3) }),
        ],
        [
          `an end that lasted before ${status}`,
          told('completed', { durationSeconds: 1 }),
          told(status, { source: 'reconcile', occurredAt: at(1) }),
        ],
        [
          `a bare end before ${status} that only we concluded`,
          told('completed'),
          told(status, { source: 'reconcile', providerStatus: null, occurredAt: at(1) }),
        ],
      ],
    ),
  ])('%s', (_, stays, yields) => {
    expect(settle([stays, yields]).status).toBe(stays.status);
    expect(settle([yields, stays]).status).toBe(stays.status);
  });

  test.each<[string, CallEventDraft, CallEventDraft, Partial<SettledCall>]>([
    [
      'the shortest duration',
      told('completed', { durationSeconds: 3 }),
      told('completed', { durationSeconds: 5 }),
      { durationSeconds: 3 },
    ],
    [
      'the lowest SIP code',
      told('failed', { sipCode: 404 }),
      told('failed', { sipCode: 486 }),
      { sipCode: 404 },
    ],
    [
      'the name of the reason',
      told('failed', { source: 'api', endReason: 'provider_rejected' }),
      told('failed', { source: 'api', endReason: 'queue_timeout' }),
      { endReason: 'provider_rejected' },
    ],
  ])('that are alike in status, %s, whichever came first', (_, stays, yields, settled) => {
    expect(settle([stays, yields])).toMatchObject(settled);
    expect(settle([yields, stays])).toMatchObject(settled);
  });
});

test('for an answered call, a bare end counts as much as any other', () => {
  const answered = told('answered', { source: 'media' });
  const end = told('completed', { occurredAt: at(3) });
  const other = told('failed', { occurredAt: at(4) });
  expect(settle([answered, end, other]).status).toBe('completed');
  expect(settle([end, other]).status).toBe('failed');
});

describe('times and duration of an ended call', () => {
  const answered = told('answered', { occurredAt: at(5) });

  test('the carrier’s duration, else from answer to end', () => {
    const end = { occurredAt: at(17) };
    expect(settle([answered, told('completed', { ...end, durationSeconds: 11 })])).toMatchObject({
      answeredAt: at(5),
      endedAt: at(17),
      durationSeconds: 11,
    });
    expect(settle([answered, told('completed', end)]).durationSeconds).toBe(12);
  });

  test('a duration that only the reconciler received counts', () => {
    const asked = told('completed', { source: 'reconcile', durationSeconds: 9 });
    const end = told('completed', { sequence: 3, occurredAt: at(17) });
    expect(settle([answered, end, asked]).durationSeconds).toBe(9);
  });

  test('a completed call without an answer was answered its duration before its end', () => {
    const end = told('completed', { occurredAt: at(40), durationSeconds: 30 });
    expect(settle([end])).toMatchObject({ answeredAt: at(10), durationSeconds: 30 });
  });

  test('a completed call with neither answer nor duration gets no invented answer', () => {
    expect(settle([told('completed', { occurredAt: at(40) })])).toMatchObject({
      status: 'completed',
      answeredAt: null,
      durationSeconds: 0,
    });
  });

  test.each(['busy', 'no-answer', 'failed', 'canceled'] as const)('%s lasted 0 s', (status) => {
    expect(settle([told('ringing'), told(status, { occurredAt: at(30) })])).toMatchObject({
      status,
      answeredAt: null,
      endedAt: at(30),
      durationSeconds: 0,
    });
  });

  test.each([-3_600, -600, 0, 600, 3_600])(
    'clocks that differ by %i s make no call longer, whichever source reported the answer',
    (apart) => {
      // By our clock the stream arrives at 100, the answer at 101 and the end at 102; by the
      // carrier's clock each is `apart` later.
      const ringing = told('ringing', { occurredAt: at(apart + 99) });
      const media = told('answered', { source: 'media', providerStatus: null });
      const end = told('completed', { occurredAt: at(apart + 101) });
      expect(settle([media, end])).toMatchObject({
        answeredAt: at(apart + 100),
        endedAt: at(apart + 101),
        durationSeconds: 1,
      });
      const byCarrier = told('answered', { occurredAt: at(apart + 100) });
      const ours = told('completed', { source: 'reconcile', providerStatus: null });
      expect(settle([byCarrier, ours])).toMatchObject({
        answeredAt: at(100),
        endedAt: at(101),
        durationSeconds: 1,
      });
      expect(settle([media, ringing, end]).durationSeconds).toBeLessThanOrEqual(2);
    },
  );

  test('an end that is reported an hour late is measured by what was reported in time', () => {
    const events = [
      recorded(told('ringing', { occurredAt: at(605) }), at(5)),
      recorded(told('answered', { source: 'media', providerStatus: null }), at(10)),
      recorded(told('completed', { occurredAt: at(630) }), at(3_630)),
    ];
    expect(settleCall(FACTS, events)).toMatchObject({
      answeredAt: at(610),
      endedAt: at(630),
      durationSeconds: 20,
    });
  });

  test('an answer that the carrier puts after the end is put at the end', () => {
    const late = told('answered', { occurredAt: at(9) });
    expect(settle([late, told('completed', { occurredAt: at(3) })])).toMatchObject({
      answeredAt: at(3),
      durationSeconds: 0,
    });
    expect(settle([late, told('busy', { occurredAt: at(3) })]).answeredAt).toEqual(at(3));
  });

  test('a request that came after the end proves an answer of a completed call alone', () => {
    const asked = told('answered', { source: 'answer' });
    expect(settle([told('completed'), asked])).toMatchObject({
      answeredAt: at(100),
      durationSeconds: 0,
    });
    expect(settle([told('completed', { durationSeconds: 4 }), asked])).toMatchObject({
      answeredAt: at(96),
      durationSeconds: 4,
    });
    expect(settle([told('no-answer'), asked])).toMatchObject({
      answeredAt: null,
      durationSeconds: 0,
    });
  });

  test('canceled racing answered: the end decides, the answer stays on record', () => {
    const racing = [answered, told('canceled', { sequence: 2, occurredAt: at(6) })];
    expect(settle(racing)).toMatchObject({
      status: 'canceled',
      answeredAt: at(5),
      durationSeconds: 1,
      endReason: 'canceled',
    });
  });

  test('an answer that arrives after the end completes the record', () => {
    const end = told('completed', { sequence: 3, occurredAt: at(17) });
    expect(settle([end, answered])).toMatchObject({ answeredAt: at(5), durationSeconds: 12 });
  });

  test('the final SIP code is the first reported one, in the order of ends', () => {
    const ends = [told('busy', { sequence: 4 }), told('busy', { sequence: 5, sipCode: 486 })];
    expect(settle(ends).sipCode).toBe(486);
  });
});

describe('why a call ended', () => {
  const completed = told('completed', { occurredAt: at(60), durationSeconds: 50 });

  test.each<[string, CallEventDraft, Partial<RunFacts>, string]>([
    ['busy', told('busy'), {}, 'busy'],
    ['no answer', told('no-answer'), {}, 'no_answer'],
    ['canceled', told('canceled'), {}, 'canceled'],
    ['failed', told('failed'), {}, 'failed'],
    [
      'refused by the carrier',
      told('failed', { source: 'api', endReason: 'provider_rejected' }),
      {},
      'provider_rejected',
    ],
    [
      'too long in our queue',
      told('failed', { source: 'api', endReason: 'queue_timeout' }),
      {},
      'queue_timeout',
    ],
    ['completed, and nobody of us asked: the caller', completed, {}, 'caller_hangup'],
    ['completed, as our API asked', completed, { hangupReason: 'api_hangup' }, 'api_hangup'],
    ['completed, as the agent asked', completed, { hangupReason: 'agent_hangup' }, 'agent_hangup'],
    ['completed at its longest duration', completed, { maxDurationSeconds: 50 }, 'max_duration'],
    [
      'completed, and the event knows why',
      { ...completed, endReason: 'unknown' },
      { maxDurationSeconds: 50 },
      'unknown',
    ],
  ])('%s', (_, end, facts, reason) => {
    expect(settle([end], facts).endReason).toBe(reason);
  });
});

describe('a call that was transferred', () => {
  const which = { transfer: 1, generation: 1 };
  const leg = { source: 'status-callback' as const, leg: 'CA1' };
  const order = {
    to: '+12025550143',
    from: '+12025550100',
    announce: null,
    timeoutSeconds: 30,
    target: null,
  };
  const started = transferStarted(which, order);
  const over = [told('answered'), told('completed', { durationSeconds: 50 })];

  test.each<[string, CallEventDraft[], Partial<RunFacts>, string]>([
    ['to a person who had answered', [transferAnswered(which, leg)], {}, 'transferred'],
    ['and the two have parted', [transferEnded(which, leg)], {}, 'transferred'],
    ['to nobody', [transferFailed(which, 'busy', leg)], {}, 'caller_hangup'],
    ['while the phone rang', [transferFailed(which, 'call_ended', leg)], {}, 'caller_hangup'],
    [
      'to a person of whose answer the news came late',
      [transferFailed(which, 'call_ended', leg), transferAnswered(which, leg)],
      {},
      'transferred',
    ],
    [
      'to a person who hung up before being connected',
      [transferAnswered(which, leg), transferFailed(which, 'failed', leg)],
      {},
      'caller_hangup',
    ],
    [
      'twice, the second time to nobody',
      [
        transferEnded(which, leg),
        transferStarted({ ...which, transfer: 2 }, order),
        transferFailed({ ...which, transfer: 2 }, 'busy', leg),
      ],
      {},
      'caller_hangup',
    ],
    [
      'until its longest duration',
      [transferAnswered(which, leg)],
      { maxDurationSeconds: 50 },
      'max_duration',
    ],
    [
      'until our API hung up',
      [transferAnswered(which, leg)],
      { hangupReason: 'api_hangup' },
      'api_hangup',
    ],
  ])('%s', (_, steps, facts, reason) => {
    expect(settle([started, ...steps, ...over], facts).endReason).toBe(reason);
  });
});

describe('who answered', () => {
  const heard = (answeredBy: string): CallEventDraft =>
    callEvent({ type: 'machine', source: 'status-callback', answeredBy });

  test.each([
    [['human'], 'human'],
    [['unknown', 'human'], 'human'],
    [['machine_start', 'machine_end_beep'], 'machine_end_beep'],
    [['unknown'], 'unknown'],
    [[], null],
  ])('%j is %s', (verdicts, expected) => {
    expect(settle(verdicts.map(heard)).answeredBy).toBe(expected);
  });
});
