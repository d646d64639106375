import { expect, it } from '@jest/globals';
import type { TranscriptLine } from '../api/types.js';
import { lineAt, linesWith } from './transcript-lines.js';

const lines = [
  [500, 'Good morning, Zoë!'],
  [2_000, 'My parcel is late.'],
  [2_000, 'Which one?'],
].map(([at, text]): TranscriptLine => {
  return { at_ms: Number(at), speaker: 'caller', text: String(text), final: true };
});

it.each([
  [0, -1],
  [0.5, 0],
  [1.9, 0],
  [2, 2],
  [999, 2],
])('at %d s it is line %d', (seconds, line) => {
  expect(lineAt(lines, seconds)).toBe(line);
});

it.each([
  ['zoe', [0]],
  ['PAR lat', [1]],
  ['o', [2]],
  ['parcel zoe', []],
  [' - ', []],
])('%j is in the lines %j', (search, found) => {
  expect(linesWith(lines, search)).toEqual(found);
});
