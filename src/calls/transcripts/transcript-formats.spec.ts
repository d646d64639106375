import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { readVtt } from '../../../test/support/read-vtt.js';
import { anyText } from '../../../test/support/any-text.js';
import { SPEAKERS, tidyText, type Line } from './transcript.js';
import { asText, asVtt } from './transcript-formats.js';

const line = (atMs: number, text: string, about: Partial<Line> = {}): Line => ({
  atMs,
  untilMs: null,
  speaker: 'caller',
  text,
  final: true,
  ...about,
});

it('is read by people with a clock and names', () => {
  const lines = [line(61_900, 'Hello?'), line(3_600_000, 'Bye.', { speaker: 'agent' })];
  expect(asText(lines)).toBe('[00:01:01] Caller: Hello?\n[01:00:00] Agent: Bye.\n');
});

it('has a cue for each line: to its end where that is known, else as long as it takes to say, or to the next', () => {
  const lines = [
    line(0, 'A & B < C > D -->'),
    line(500, 'x'.repeat(30), { speaker: 'agent' }),
    line(9_000, 'known', { untilMs: 9_800 }),
    line(3_600_000, 'y'.repeat(4_000)),
  ];
  expect(readVtt(asVtt(lines))).toEqual([
    { from: 0, to: 500, voice: 'Caller', text: 'A & B < C > D -->' },
    { from: 500, to: 2_500, voice: 'Agent', text: 'x'.repeat(30) },
    { from: 9_000, to: 9_800, voice: 'Caller', text: 'known' },
    { from: 3_600_000, to: 3_620_000, voice: 'Caller', text: 'y'.repeat(4_000) },
  ]);
  expect(readVtt(asVtt([]))).toEqual([]);
});

it('is WebVTT whatever was said', () => {
  const lines = fc.array(
    fc.record({
      atMs: fc.nat(100_000_000),
      untilMs: fc.option(fc.nat(200_000_000)),
      speaker: fc.constantFrom(...SPEAKERS),
      text: anyText()
        .map(tidyText)
        .filter((text) => text !== ''),
      final: fc.boolean(),
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(lines, (some) => {
      const sorted = some.toSorted((a, b) => a.atMs - b.atMs);
      const cues = readVtt(asVtt(sorted));
      expect(cues.map(({ from, text }) => [from, text])).toEqual(
        sorted.map(({ atMs, text }) => [atMs, text]),
      );
      expect(cues.every(({ from, to }) => to > from)).toBe(true);
    }),
  );
});
