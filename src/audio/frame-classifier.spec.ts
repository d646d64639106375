import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  hum,
  inTurn,
  mulawFrames,
  noise,
  silence,
  speech,
  tones,
} from '../../test/support/test-signals.js';
import { FrameClassifier } from './frame-classifier.js';

/** Share of the frames that have a voice. */
function voicedShare(samples: Int16Array): number {
  const classifier = new FrameClassifier();
  const kinds = mulawFrames(samples).map((frame) => classifier.push(frame));
  return kinds.filter((kind) => kind === 'voiced').length / kinds.length;
}

describe('a classifier of frames', () => {
  it('takes any bytes, also too few or too many', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 330 }), { maxLength: 30 }), (frames) => {
        const classifier = new FrameClassifier();
        for (const frame of frames) {
          expect(['voiced', 'unvoiced', 'quiet']).toContain(classifier.push(Buffer.from(frame)));
        }
      }),
    );
  });

  it('tells a vowel from a hiss and both from the line', () => {
    const classifier = new FrameClassifier();
    const line = noise(1000, -56);
    const parts = [line, speech({ ms: 240, dbov: -20 }), noise(240, -25, 3), line];
    const kinds = parts.map((part) => mulawFrames(part).map((frame) => classifier.push(frame)));
    const most = kinds.map((each) => each.sort().at(each.length >> 1));
    expect(most).toEqual(['quiet', 'voiced', 'unvoiced', 'quiet']);
  });

  it.each([
    ['loud noise', noise(4000, -30)],
    ['noise that grows louder at once', inTurn(noise(2000, -65), noise(3000, -30))],
    ['hum', hum(4000, -25)],
    ['hum that begins', inTurn(silence(2000), hum(2000, -25))],
    ['two tones', inTurn(silence(2000), tones([697, 1336], { ms: 2000, dbov: -15 }))],
    ['a chord', inTurn(silence(2000), tones([262, 330, 392], { ms: 2000, dbov: -15 }))],
    ['silence', silence(2000)],
  ])('hears no voice in %s', (_, samples) => {
    expect(voicedShare(samples)).toBeLessThan(0.02);
  });

  it('hears a voice again when the line grows quiet', () => {
    const samples = inTurn(noise(3000, -25), noise(2000, -56), speech({ ms: 1000, dbov: -30 }));
    expect(voicedShare(samples.subarray(0, 5000 * 8))).toBeLessThan(0.02);
    expect(voicedShare(samples)).toBeGreaterThan(0.06);
  });
});
