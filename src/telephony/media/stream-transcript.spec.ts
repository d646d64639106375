import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { TranscriptLine } from '../../agents/agent.js';
import type { NewLine } from '../../calls/transcripts/transcript.js';
import { StreamTranscript } from './stream-transcript.js';

const WALL = 1_700_000_000_000;
let written: NewLine[][];
let full: number;
let now: number;

beforeEach(() => {
  jest.useFakeTimers();
  [written, full, now] = [[], 0, 1_000];
});
afterEach(() => {
  jest.useRealTimers();
});

function transcript(
  write = async (lines: readonly NewLine[]): Promise<void> => void written.push([...lines]),
) {
  const clocks = { now: () => now, wallNow: () => WALL };
  return new StreamTranscript({ generation: 3, write, onFull: () => (full += 1), ...clocks });
}
const said = (text: string, about: Partial<TranscriptLine> = {}): TranscriptLine => ({
  speaker: 'caller',
  text,
  final: true,
  ...about,
});

it('counts from the beginning of the audio, and lines that come together are written together', async () => {
  const lines = transcript();
  now = 1_250;
  lines.begins(now, WALL + 250);
  now = 4_250;
  lines.add(said('  Hello,\n\tyou\u0000 there ', { agoMs: 1_000 }));
  lines.add(said('Hi.', { speaker: 'agent', agoMs: 60_000 }));
  await jest.advanceTimersByTimeAsync(499);
  expect(written).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  const about = { generation: 3, final: true, beganAt: WALL + 250, untilMs: null };
  expect(written).toEqual([
    [
      { ...about, n: 0, speaker: 'caller', text: 'Hello, you there', atMs: 2_000 },
      { ...about, n: 1, speaker: 'agent', text: 'Hi.', atMs: 0 },
    ],
  ]);
});

it('what is not final waits for what takes its place, and is kept as it is at the end', async () => {
  const lines = transcript();
  lines.add(said('I', { final: false }));
  now = 3_000;
  lines.add(said('I want', { final: false }));
  lines.add(said('One moment', { speaker: 'agent', final: false }));
  lines.add(said('I want it.'));
  lines.add(said('Never', { final: false }));
  lines.add(said(' '));
  await lines.end();
  expect(written.flat().map(({ text, final, atMs }) => [text, final, atMs])).toEqual([
    ['I want it.', true, 0],
    ['One moment', false, 2_000],
  ]);
});

it('bounds the length, the rate and the number of lines, and tells once', async () => {
  const lines = transcript();
  lines.add(said('x'.repeat(100_000)));
  for (let n = 0; n < 150; n += 1) lines.add(said('word'));
  await lines.end();
  expect(written.flat()).toHaveLength(100);
  expect(written.flat()[0]?.text).toHaveLength(4_000);
  expect(full).toBe(1);
  for (let n = 0; n < 6_000; n += 1) {
    now += 50;
    lines.add(said('word'));
  }
  await lines.end();
  expect(written.flat()).toHaveLength(5_000);
  expect(full).toBe(1);
});

it('takes what no type would allow without a throw', async () => {
  const lines = transcript();
  const odd = [{ text: 7 }, { speaker: 'nobody' }, { agoMs: Number.NaN }, { agoMs: -5 }];
  for (const about of odd) lines.add(said('word', about as Partial<TranscriptLine>));
  await lines.end();
  expect(written.flat().map(({ text, atMs }) => [text, atMs])).toEqual([
    ['word', 0],
    ['word', 0],
  ]);
});

it('writes one batch at a time, and what comes meanwhile with the next', async () => {
  let finish = (): void => undefined;
  const lines = transcript((some) => {
    written.push([...some]);
    return new Promise<void>((resolve) => (finish = resolve));
  });
  lines.add(said('a'));
  await jest.advanceTimersByTimeAsync(500);
  for (const text of ['b', 'c']) {
    lines.add(said(text));
    await jest.advanceTimersByTimeAsync(500);
  }
  expect(written).toHaveLength(1);
  finish();
  await jest.advanceTimersByTimeAsync(0);
  expect(written.map((some) => some.map(({ text }) => text))).toEqual([['a'], ['b', 'c']]);
});
