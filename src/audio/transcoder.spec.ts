import { describe, expect, it } from '@jest/globals';
import type { AudioFormat } from './audio-format.js';
import { decodeMulaw, encodeMulaw } from './mulaw.js';
import { hearingAs, speakingAs } from './transcoder.js';

const FORMATS: AudioFormat[] = ['mulaw_8000', 'pcm_8000', 'pcm_16000', 'pcm_24000'];

const tone = encodeMulaw(
  Int16Array.from({ length: 8_000 }, (_, n) => 8_000 * Math.sin((2 * Math.PI * 440 * n) / 8_000)),
);

describe.each(FORMATS)('audio of the line as %s and back', (format) => {
  const hear = hearingAs(format);
  const heard = Buffer.concat(
    Array.from({ length: 50 }, (_, n) => hear(tone.subarray(n * 160, n * 160 + 160))),
  );

  it('sounds the same', () => {
    const encoder = speakingAs(format);
    const back = decodeMulaw(Buffer.concat([encoder.write(heard), encoder.flush()]));
    const original = decodeMulaw(tone);
    // Two filters of 1.5 ms; the rest is what μ-law itself adds.
    const errors = Array.from(back.subarray(100, 7_000), (x, n) =>
      Math.abs(x - (original[n + 100] as number)),
    );
    expect(Math.max(...errors)).toBeLessThan(900);
    expect(back.length).toBeGreaterThan(7_950);
  });

  it('comes in chunks of any size, odd ones too', () => {
    const whole = speakingAs(format);
    const expected = Buffer.concat([whole.write(heard), whole.flush()]);
    const encoder = speakingAs(format);
    const parts: Buffer[] = [];
    for (let at = 0, size = 1; at < heard.length; at += size, size = (size * 5) % 997) {
      parts.push(encoder.write(heard.subarray(at, at + size)));
    }
    parts.push(encoder.flush());
    expect(Buffer.concat(parts).equals(expected)).toBe(true);
  });
});
