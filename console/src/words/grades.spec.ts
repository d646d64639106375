import { expect, it } from '@jest/globals';
import { gradeOf } from './grades.js';

it.each([
  ['jitter_ms', 30, 'good'],
  ['jitter_ms', 30.1, 'fair'],
  ['jitter_ms', 50.1, 'bad'],
  ['first_audio_ms', 1_000, 'good'],
  ['first_audio_ms', 2_001, 'bad'],
  ['longest_pause_ms', 200, 'fair'],
  ['recent_gap_ms', 20, 'good'],
  // Of 1,000 frames, which are 20 s.
  ['filled_ms', 200, 'good'],
  ['filled_ms', 600, 'fair'],
  ['filled_ms', 601, 'bad'],
  ['frames_late', 10, 'good'],
  ['frames_late', 31, 'bad'],
])('%s of %s is %s', (key, value, grade) => {
  expect(gradeOf(key, value, { frames_in: 1_000 })?.grade).toBe(grade);
});

it('names the bounds', () => {
  expect(gradeOf('jitter_ms', 1, {})?.bounds).toBe('good up to 30 ms, fair up to 50 ms');
  expect(gradeOf('frames_late', 1, { frames_in: 100 })?.bounds).toBe(
    'good up to 1 %, fair up to 3 % of all frames',
  );
});

it('is none for counts, and for shares of nothing', () => {
  expect(gradeOf('frames_in', 7, {})).toBeNull();
  expect([gradeOf('filled_ms', 7, {}), gradeOf('frames_late', 7, { frames_in: 0 })]).toEqual([
    null,
    null,
  ]);
});
