import { describe, expect, it } from '@jest/globals';
import { checks as german } from '../../console/src/messages/de/checks.js';
import { endWords } from '../../console/src/words/end-reasons.js';
import { isOver, statusWords } from '../../console/src/words/statuses.js';
import { streamEndText } from '../../console/src/words/timeline.js';
import { END_REASONS } from '../../src/calls/ledger/call-event.js';
import { CHECKS } from '../../src/doctor/checks.js';
import { SESSION_ENDS } from '../../src/calls/streams/live-sessions.js';
import { CALL_STATUSES, isTerminal } from '../../src/calls/ledger/call-status.js';

describe('the console has words of its own', () => {
  it.each(END_REASONS)('for the end reason %s', (reason) => {
    const { short, sentence, doctor } = endWords(reason);
    expect(sentence).not.toBe(
      endWords('some new reason').sentence.replace('some new reason', reason),
    );
    expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(short).not.toContain('_');
    if (doctor) expect(CHECKS.map(({ name }) => name)).toContain(doctor.check);
  });

  it.each(CALL_STATUSES)('for the status %s, and knows whether it is the last', (status) => {
    expect(statusWords(status).shape).not.toBe(statusWords('some new status').shape);
    expect(isOver(status)).toBe(isTerminal(status));
  });

  it.each(SESSION_ENDS)('for the end of a stream: %s', (cause) => {
    expect(streamEndText({ cause })).not.toBe(cause);
  });

  it.each(CHECKS)('in German for the check $name', ({ name, group }) => {
    expect(german.titles[name]).toMatch(/^\p{Lu}/u);
    expect(german.groups[group]).toMatch(/^\p{Lu}/u);
  });

  it('in German for no check that there is not', () => {
    expect(Object.keys(german.titles).sort()).toEqual(CHECKS.map(({ name }) => name).sort());
    const groups = new Set(CHECKS.map(({ group }) => group));
    expect(Object.keys(german.groups).sort()).toEqual([...groups].sort());
  });

  it('and tells statuses apart without colour', () => {
    const shapes = CALL_STATUSES.map((status) => statusWords(status).shape);
    expect(new Set(shapes).size).toBe(shapes.length);
  });
});
