import { expect, it } from '@jest/globals';
import { encodeMulaw, MULAW_FRAME_BYTES } from '../../src/audio/mulaw.js';
import { SILENT_FRAME } from '../carrier/media/caller-audio.js';
import { isCallersTurn, isLoud } from './agent-pause.js';

const rules = { pauseMs: 1_000, waitMs: 5_000 };

it.each([
  ['while the agent is heard', 900, 800, false],
  ['within the pause', 1_799, 800, false],
  ['after the pause', 1_800, 800, true],
  ['while nothing was heard yet', 4_999, null, false],
  ['when nothing comes', 5_000, null, true],
  ['when only something from before was heard', 4_000, -1, false],
  ['when nothing comes after that', 5_000, -1, true],
])('%s: the caller’s turn is %s ms, %s, %s', (_when, now, lastLoud, turn) => {
  expect(isCallersTurn(now, 0, lastLoud, rules)).toBe(turn);
});

it('silence and faint noise are nothing to wait for, a tone is', () => {
  const noise = encodeMulaw(new Int16Array(MULAW_FRAME_BYTES).map((_, index) => (index % 7) * 20));
  const tone = encodeMulaw(new Int16Array(MULAW_FRAME_BYTES).map((_, i) => 4_000 * Math.sin(i)));
  expect([isLoud(SILENT_FRAME), isLoud(noise), isLoud(tone)]).toEqual([false, false, true]);
});
