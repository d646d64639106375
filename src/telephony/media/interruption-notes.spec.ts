import { describe, expect, it } from '@jest/globals';
import { InterruptionNotes } from './interruption-notes.js';

function noting() {
  const written: unknown[] = [];
  const notes = new InterruptionNotes(2, ({ detail }) => written.push(detail));
  return { notes, written };
}

const PAUSED = { step: 'paused', heard_ms: 80, generation: 2 };

describe('what the timeline is told of interruptions', () => {
  it('a pause waits for what comes of it', () => {
    const { notes, written } = noting();
    notes.note('paused', 80.4, 'nothing');
    expect(written).toEqual([]);
    notes.note('given_up', 120, 'nothing');
    expect(written).toEqual([PAUSED, { step: 'given_up', heard_ms: 120, generation: 2 }]);
  });

  it('of a pause nothing may come before the end', () => {
    const { notes, written } = noting();
    notes.note('paused', 80, 'nothing');
    notes.end();
    notes.end();
    expect(written).toEqual([PAUSED]);
  });

  it('without a pause nothing waits', () => {
    const { notes, written } = noting();
    notes.note('given_up', null, 'nothing');
    expect(written).toEqual([{ step: 'given_up', heard_ms: null, generation: 2 }]);
  });

  it('there are 200 of one stream, of which the last may be a pause', () => {
    const { notes, written } = noting();
    for (let time = 0; time < 199; time += 1) notes.note('given_up', 1, 'nothing');
    notes.note('paused', 80, 'nothing');
    notes.note('resumed', 80, 'no_media');
    notes.end();
    expect(written).toHaveLength(200);
    expect(written.at(-1)).toEqual(PAUSED);
  });
});
