import { describe, expect, it } from '@jest/globals';
import type { CallEvent } from '../api/types.js';
import { callEvent } from '../test-kit/call-event.js';
import { interruptionMarks, marksText } from './interruption-marks.js';

const at = (ms: number): string => new Date(Date.UTC(2026, 10, 27, 12) + ms).toISOString();
const stream = (ms: number): CallEvent =>
  callEvent({
    type: 'stream',
    source: 'media',
    detail: { stream: 'started' },
    occurred_at: at(ms),
  });
const step = (name: string, ms: number): CallEvent =>
  callEvent({ type: 'interruption', source: 'media', detail: { step: name }, occurred_at: at(ms) });

describe('the marks of interruptions in a recording', () => {
  it('stand where the agent was silent, counted from the first stream on', () => {
    const marks = interruptionMarks([
      stream(500),
      step('paused', 2_500),
      step('resumed', 2_900),
      stream(4_000),
      step('paused', 6_500),
      step('given_up', 6_600),
      step('given_up', 9_500),
    ]);
    expect(marks).toEqual([
      { kind: 'paused', from: 2, to: 2.4, text: 'The agent paused for 400 ms' },
      { kind: 'given_up', from: 6, to: 6.1, text: 'The caller talked over the agent' },
      { kind: 'given_up', from: 9, to: 9, text: 'The caller talked over the agent' },
    ]);
    expect(marksText(marks)).toBe('the agent paused once, the caller talked over it twice');
  });

  it('are none where there was no stream, or nothing happened', () => {
    expect(interruptionMarks([step('given_up', 100)])).toEqual([]);
    expect(interruptionMarks([stream(0), step('paused', 100)])).toEqual([]);
    expect(marksText([])).toBe('');
  });
});
