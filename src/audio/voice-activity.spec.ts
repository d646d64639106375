import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  hum,
  inTurn,
  mulawFrames,
  noise,
  silence,
  speech,
  together,
  tones,
} from '../../test/support/test-signals.js';
import { FrameClassifier } from './frame-classifier.js';
import { HANGOVER_MS, VoiceActivityDetector } from './voice-activity.js';

/** Share of the frames that are speech. */
function share(samples: Int16Array, hangoverMs = 0): number {
  const detector = new VoiceActivityDetector(hangoverMs);
  const frames = mulawFrames(samples).map((frame) => detector.push(frame));
  return frames.filter((frame) => frame === 'speech').length / frames.length;
}

describe('voice activity', () => {
  it('is most of speech, and with the hangover all from its first syllable', () => {
    const spoken = together(speech({ ms: 3000, dbov: -25 }), noise(3000, -56));
    expect(share(spoken)).toBeGreaterThan(0.65);
    expect(share(spoken, HANGOVER_MS)).toBeGreaterThan(0.95);
  });

  it('is heard in the first words of a call', () => {
    const detector = new VoiceActivityDetector();
    const frames = mulawFrames(speech({ ms: 400, dbov: -25 })).map((frame) => detector.push(frame));
    expect(frames.slice(5)).not.toContain('quiet');
  });

  it('goes on for the hangover and no longer', () => {
    const detector = new VoiceActivityDetector();
    const frames = mulawFrames(inTurn(speech({ ms: 1000, dbov: -20 }), silence(1000)));
    const last = frames.map((frame) => detector.push(frame)).lastIndexOf('speech');
    expect(last * 20 - 1000).toBeGreaterThan(0);
    expect(last * 20 - 1000).toBeLessThanOrEqual(HANGOVER_MS);
  });

  it.each([
    ['loud noise', noise(4000, -30)],
    ['noise that grows louder at once', inTurn(noise(2000, -65), noise(3000, -30))],
    ['hum', hum(4000, -25)],
    ['hum that begins', inTurn(silence(2000), hum(2000, -25))],
    ['two tones', inTurn(silence(2000), tones([697, 1336], { ms: 2000, dbov: -15 }))],
    ['a chord', inTurn(silence(2000), tones([262, 330, 392], { ms: 2000, dbov: -15 }))],
    ['silence', silence(2000)],
  ])('is not in %s', (_, samples) => {
    expect(share(samples)).toBeLessThan(0.02);
  });

  it('comes back when the line grows quiet again', () => {
    const samples = inTurn(noise(3000, -25), noise(2000, -56), speech({ ms: 1000, dbov: -30 }));
    expect(share(samples.subarray(0, 5000 * 8))).toBeLessThan(0.02);
    expect(share(samples)).toBeGreaterThan(0.08);
  });
});

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
});
