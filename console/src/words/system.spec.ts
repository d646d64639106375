import { expect, it } from '@jest/globals';
import { actionText, subjectText } from './audit.js';
import { deliveryWords, endpointWords, testText, toldText } from './deliveries.js';

it('a change is told in words, one that has none as it was noted', () => {
  expect(actionText('POST /api/v1/users/:user_id/keys')).toBe('Issued a key');
  expect(actionText('PUT /api/v1/moons')).toBe('PUT /api/v1/moons');
  expect(
    subjectText({
      subject: { user_id: '3', key_id: 9, moon_id: 1, workflow_id: null, message_id: 'msg_1' },
    }),
  ).toBe('user 3, key 9, moon id 1');
  expect(subjectText({ subject: {} })).toBe('');
});

it('deliveries and endpoints are told apart by word and shape', () => {
  const states = [
    deliveryWords({ state: 'delivered', attempts: 1 }),
    deliveryWords({ state: 'dead', attempts: 9 }),
    deliveryWords({ state: 'pending', attempts: 0 }),
    deliveryWords({ state: 'pending', attempts: 2 }),
  ];
  expect(states.map(({ text }) => text)).toEqual(['delivered', 'given up', 'waiting', 'failing']);
  expect(new Set(states.map(({ shape }) => shape)).size).toBe(4);
  expect(
    [
      endpointWords({ enabled: true, disabled_reason: null }),
      endpointWords({ enabled: false, disabled_reason: null }),
      endpointWords({ enabled: false, disabled_reason: 'gone' }),
    ].map(({ text }) => text),
  ).toEqual(['enabled', 'disabled', 'disabled by its answer']);
  expect([toldText({ types: [] }), toldText({ types: ['call.finished', 'call.busy'] })]).toEqual([
    'every event',
    'call.finished, call.busy',
  ]);
});

it('a test says what came of it', () => {
  const tested = { message_id: 'msg_1', duration_ms: 84 };
  expect(testText({ ...tested, delivered: true, status: 204, error: null })).toBe(
    'The endpoint answered 204 after 84 ms.',
  );
  const error = 'no reply within 10 s';
  expect(testText({ ...tested, delivered: false, status: null, error })).toBe(
    'It was not delivered: no reply within 10 s (after 84 ms).',
  );
});
