import { describe, expect, it } from '@jest/globals';
import type { Call, CallEvent, Check } from '../api/types.js';
import { call } from '../test-kit/call.js';
import { byGroup, canRepair, repairTexts, summaryOf, withEvent } from './checks.js';
import { apiQuery, filtersOf, isEverything, isWholeParty, matches, placeQuery } from './filters.js';
import { endWords, outcomeWords, WENT_WRONG } from './end-reasons.js';
import { noLongerLive, withChange } from './live-calls.js';
import { partyWords } from './parties.js';
import { readPlacement } from './placement.js';
import { streamQualities } from './quality.js';
import { refusalText } from './refusals.js';
import { durationText, millisText } from './time.js';

const ENDED = '2026-11-23T10:01:00.000Z';
const NOW = Date.parse('2026-11-24T12:00:00.000Z');

it.each([
  [0, '0:00'],
  [7.9, '0:07'],
  [754, '12:34'],
  [3_723, '1:02:03'],
  [-3, '0:00'],
])('%s s is %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

it.each([
  [2.14, '2.1 ms'],
  [340, '340 ms'],
  [2_400, '2.4 s'],
])('%s ms is %s', (milliseconds, text) => {
  expect(millisText(milliseconds)).toBe(text);
});

describe('live calls', () => {
  it('appear, change and disappear, newest first', () => {
    const one = withChange([], call(1));
    const two = withChange(one, call(2));
    expect(two.map((each) => each.workflow_run_id)).toEqual([2, 1]);
    const changed = withChange(two, call(1, { status: 'ringing' }));
    expect(changed.map((each) => each.status)).toEqual(['answered', 'ringing']);
    expect(withChange(changed, call(2, { ended_at: ENDED }))).toHaveLength(1);
  });

  it('keep what is known about their stream while it lasts', () => {
    const stream = { stream_id: 'MZ1', silent_ms: 10 };
    const known = [{ ...call(1), stream }];
    expect(withChange(known, call(1))[0]?.stream).toEqual(stream);
    expect(withChange(known, call(1, { streaming: false }))[0]?.stream).toBeNull();
  });

  it('are remembered for a while when they end, each once', () => {
    let ended: readonly Call[] = [];
    for (const id of [1, 2, 3, 4, 5, 6, 6])
      ended = noLongerLive(ended, call(id, { ended_at: ENDED }));
    expect(noLongerLive(ended, call(7))).toBe(ended);
    expect(ended.map((each) => each.workflow_run_id)).toEqual([6, 5, 4, 3, 2]);
  });
});

it.each([
  ['+12025550143', '+15005550006', '+12025550143'],
  ['', '+15005550006', 'withheld'],
  ['', '', 'erased'],
])('from %j to %j: the caller is shown as %s', (from, to, shown) => {
  expect(partyWords({ from, to }, 'from')).toBe(shown);
});

describe('filters', () => {
  const filters = filtersOf(
    new URLSearchParams(
      'status=busy&number=%2B1+202-5550143&from_day=2026-11-01&to_day=2026-11-02',
    ),
  );

  it('are what the API understands: whole days of the reader, a bare number', () => {
    const query = new URLSearchParams(apiQuery(filters, NOW));
    expect(query.get('number')).toBe('+12025550143');
    expect(query.get('from_time')).toBe(new Date(2026, 10, 1).toISOString());
    expect(query.get('to_time')).toBe(new Date(2026, 10, 3).toISOString());
    expect(query.has('direction')).toBe(false);
    expect(query.get('limit')).toBe('100');
  });

  it('may be the last hours, and begin with the later of two times', () => {
    const from = (query: string): string | null =>
      new URLSearchParams(apiQuery(filtersOf(new URLSearchParams(query)), NOW)).get('from_time');
    expect(from('hours=24')).toBe('2026-11-23T12:00:00.000Z');
    expect(from('hours=24&from_day=2026-11-01')).toBe('2026-11-23T12:00:00.000Z');
    expect(from('hours=168&from_day=2026-11-23')).toBe(new Date(2026, 10, 23).toISOString());
    expect([from('hours=0'), from('hours=soon'), from('')]).toEqual([null, null, null]);
  });

  it('may name a party by its address, with or without what a carrier adds', () => {
    const none = filtersOf(new URLSearchParams());
    const number = ' sip:anna.smith@pbx.example.com ';
    expect(new URLSearchParams(apiQuery({ ...none, number }, NOW)).get('number')).toBe(
      number.trim(),
    );
    const from = 'sip:anna.smith@PBX.example.com:5060;transport=tls';
    expect(matches({ ...call(1), from }, { ...none, number })).toBe(true);
    expect(matches({ ...call(1), from: 'sip:anna@pbx.example.com' }, { ...none, number })).toBe(
      false,
    );
    const inside = { ...call(1), to: 'whatsapp:+12025550143' };
    expect(matches(inside, { ...none, number: '1 202 555 0143' })).toBe(true);
  });

  it.each([
    ['+12', false],
    ['+1 202', true],
    ['+1234567890123456', false],
    ['sip:', false],
    ['sip:a', true],
    ['an', false],
    ['anonymous', true],
    ['', false],
  ])('%j is whole enough to be asked for: %s', (typed, whole) => {
    expect(isWholeParty(typed)).toBe(whole);
  });

  it('are kept in the address', () => {
    expect(filtersOf(new URLSearchParams(placeQuery(filters)))).toEqual(filters);
    expect(placeQuery(filtersOf(new URLSearchParams()))).toBe('');
    expect([isEverything(filters), isEverything(filtersOf(new URLSearchParams()))]).toEqual([
      false,
      true,
    ]);
  });

  it('decide whether a new call belongs into the list', () => {
    const none = filtersOf(new URLSearchParams());
    expect(matches(call(1), none)).toBe(true);
    expect(matches(call(1), { ...none, number: '+1 202 555 0143' })).toBe(true);
    expect(matches(call(1), { ...none, number: '+12025550144' })).toBe(false);
    expect(matches(call(1), { ...none, status: 'busy' })).toBe(false);
    const failed = call(1, { status: 'completed', end_reason: 'agent_failed' });
    expect(matches(failed, { ...none, end_reason: 'stream_lost,agent_failed' })).toBe(true);
    expect(matches(failed, { ...none, end_reason: 'stream_lost' })).toBe(false);
    expect(matches(call(1), { ...none, end_reason: 'stream_lost' })).toBe(false);
    expect(matches(call(1), { ...none, direction: 'inbound' })).toBe(false);
    expect(matches(call(1), { ...none, workflow_id: '2' })).toBe(false);
    expect(matches(call(1), { ...none, to_day: '2026-11-01' })).toBe(false);
  });
});

describe('how a call ended', () => {
  const toneOf = (status: string, reason: string | null): string =>
    outcomeWords({ status, end_reason: reason }).tone;

  it('is shown by its status while it is in progress, and if the status says everything', () => {
    expect(outcomeWords({ status: 'ringing', end_reason: null }).text).toBe('ringing');
    expect(toneOf('completed', 'caller_hangup')).toBe('good');
    expect(toneOf('busy', 'busy')).toBe('neutral');
    expect(toneOf('failed', 'failed')).toBe('bad');
  });

  it.each(['agent_failed', 'stream_lost', 'queue_timeout', 'provider_rejected'])(
    'is bad for %s, whatever the status',
    (reason) => {
      expect([toneOf('completed', reason), toneOf('failed', reason)]).toEqual(['bad', 'bad']);
      expect(WENT_WRONG.split(',')).toContain(reason);
    },
  );

  it.each(['unknown', 'max_duration'])('is to be looked at for %s', (reason) => {
    expect(outcomeWords({ status: 'completed', end_reason: reason })).toMatchObject({
      tone: 'waiting',
      text: endWords(reason).badge?.text,
    });
    expect(WENT_WRONG.split(',')).toContain(reason);
  });
});

describe('checks', () => {
  const check = (name: string, group: string, status: Check['status']): Check => ({
    name,
    title: name,
    group,
    status,
  });

  it('keep their place when they report something new', () => {
    const before = [check('a', 'x', 'running'), check('b', 'y', 'running'), check('c', 'x', 'up')];
    const after = withEvent(before, { state: 'finished', ...check('a', 'x', 'down') });
    expect(after.map(({ name, status }) => [name, status])).toEqual([
      ['a', 'down'],
      ['b', 'running'],
      ['c', 'up'],
    ]);
    expect(byGroup(after).map(([group, list]) => [group, list.length])).toEqual([
      ['x', 2],
      ['y', 1],
    ]);
    expect(summaryOf(after)).toBe('1 broken, 1 all right');
  });

  it('say which numbers can be repaired, and the result for each', () => {
    const wrong = { ...check('numbers', 'x', 'warn'), detail: { repairable: 1 } };
    expect(canRepair([check('a', 'x', 'warn'), wrong])).toBe(true);
    expect(canRepair([{ ...wrong, detail: { repairable: 0 } }])).toBe(false);
    expect(canRepair([{ ...wrong, status: 'running' }])).toBe(false);
    expect(
      repairTexts([
        { number_ends_with: '43', was: 'leads-elsewhere', repaired: true, reason: null },
        { number_ends_with: '06', was: 'in-trunk', repaired: false, reason: 'a trunk has it' },
      ]),
    ).toEqual(['…43 leads here now.', '…06 could not be set: a trunk has it.']);
    expect(repairTexts([])).toHaveLength(1);
  });

  it('run, report their progress, and drop what they said before', () => {
    const before = [{ ...check('a', 'x', 'down'), fix: 'Do this.' }];
    const begun = withEvent(before, { state: 'started', name: 'a', title: 'a', group: 'x' });
    expect(begun).toEqual([{ name: 'a', title: 'a', group: 'x', status: 'running' }]);
    const going = withEvent(begun, { state: 'progress', name: 'a', note: '10 of 75 s' });
    expect(going[0]).toMatchObject({ status: 'running', seen: '10 of 75 s' });
    const added = withEvent(going, { state: 'started', name: 'b', title: 'b', group: 'y' });
    expect(added.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

describe('the quality of streams', () => {
  const stream = (detail: Record<string, unknown>): CallEvent => ({
    event_id: 1,
    type: 'stream',
    status: null,
    provider_status: null,
    sequence: null,
    source: 'media',
    outcome: 'applied',
    detail: { stream_id: 'MZ1', ...detail },
    occurred_at: null,
    received_at: '2026-11-23T10:00:00.000Z',
  });

  it('is shown once each has ended, with figures only if there is no series', () => {
    const started = stream({ stream: 'started' });
    expect(streamQualities([started])).toEqual([]);
    const [quality] = streamQualities([
      started,
      stream({ stream: 'ended', jitter_ms: 2.1, first_audio_ms: null }),
    ]);
    expect(quality).toMatchObject({ startedAt: started.received_at, series: null });
    expect(quality?.figures.map(({ name, value }) => [name, value])).toEqual([
      ['Jitter', '2.1 ms'],
    ]);
  });

  it('has a course if there is one', () => {
    const series = {
      interval_seconds: 5,
      jitter_ms: [1, 2],
      gap_ms: [20, 40],
      lost_frames: [0, 3],
    };
    expect(streamQualities([stream({ stream: 'ended', series })])[0]?.series).toEqual({
      intervalSeconds: 5,
      jitterMs: [1, 2],
      gapMs: [20, 40],
      lostFrames: [0, 3],
    });
  });
});

describe('a call to be placed', () => {
  const form = {
    workflowId: '3',
    to: '+1 (202) 555-0143',
    from: '',
    context: '',
    ringSeconds: '',
    maxSeconds: '',
    machineDetection: '',
  };

  it('says only what was entered', () => {
    expect(readPlacement(form)).toEqual({ workflow_id: 3, to: '+12025550143' });
    expect(readPlacement({ ...form, ringSeconds: '20', context: '{"a":1}' })).toEqual({
      workflow_id: 3,
      to: '+12025550143',
      ring_timeout_seconds: 20,
      context: { a: 1 },
    });
  });

  it.each(['{', '[]', '3', 'null'])('has an object as context, not %s', (context) => {
    expect(() => readPlacement({ ...form, context })).toThrow('must be a JSON object');
  });
});

it('a refusal is a sentence, even if its reason has no words', () => {
  expect(refusalText('media-stream', 'token-used')).toBe(
    'A media stream was refused: its token had been used.',
  );
  expect(refusalText('answer', 'too-green')).toBe(
    'A request for instructions was refused: too green.',
  );
});
