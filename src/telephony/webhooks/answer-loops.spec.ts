import { describe, expect, it } from '@jest/globals';
import { AnswerLoops } from './answer-loops.js';

describe('a call whose carrier asks again and again', () => {
  const begun = Date.UTC(2026, 0, 1);

  it('is detected after a hundred answers within a minute, and forgotten afterwards', () => {
    const loops = new AnswerLoops();
    const answers = Array.from({ length: 101 }, (_, index) =>
      loops.isLoop(1, new Date(begun + index * 500)),
    );
    expect(answers.slice(0, 100)).not.toContain(true);
    expect(answers[100]).toBe(true);
    expect(loops.isLoop(2, new Date(begun))).toBe(false);
    expect(loops.isLoop(1, new Date(begun + 60_001))).toBe(false);
  });
});
