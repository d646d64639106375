import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { measureTone, mulawFrames, tone } from '../../test/support/test-signals.js';
import type { AudioFormat } from './audio-format.js';
import { decodeMulaw, encodeMulaw } from './mulaw.js';
import { pcmBytes, pcmSamples } from './pcm.js';
import { bytesPerMs, hearingAs, sampleRateOf, speakingAs } from './transcoder.js';

const PCM_FORMATS = ['pcm_8000', 'pcm_16000', 'pcm_24000'] as const;

const spoken = (format: AudioFormat, ...chunks: Buffer[]) => {
  const encoder = speakingAs(format);
  return Buffer.concat([...chunks.map((chunk) => encoder.write(chunk)), encoder.flush()]);
};

describe('audio formats', () => {
  it('take a fixed number of bytes a millisecond', () => {
    const formats = ['mulaw_8000', ...PCM_FORMATS] as const;
    expect(formats.map(bytesPerMs)).toEqual([8, 16, 32, 48]);
  });
});

describe('samples as bytes', () => {
  it('are little-endian and survive the way there and back', () => {
    expect(pcmBytes(Int16Array.of(1, -2, 0x1234))).toEqual(Buffer.from('0100feff3412', 'hex'));
    fc.assert(
      fc.property(fc.int16Array(), (samples) => {
        expect(pcmSamples(pcmBytes(samples))).toEqual(samples);
      }),
    );
  });

  it('leave out half a sample', () => {
    expect(pcmSamples(Buffer.of(1, 0, 7))).toEqual(Int16Array.of(1));
  });
});

describe('what the caller says', () => {
  it('is passed on unchanged to an agent that hears μ-law', () => {
    const frame = Buffer.alloc(160, 0x55);
    expect(hearingAs('mulaw_8000')(frame)).toBe(frame);
  });

  it('is the same samples at 8 kHz', () => {
    const frame = encodeMulaw(tone(440, { ms: 20 }));
    expect(pcmSamples(hearingAs('pcm_8000')(frame))).toEqual(decodeMulaw(frame));
  });

  it.each(PCM_FORMATS)('comes as frames of 20 ms, from the first, as %s', (format) => {
    const hear = hearingAs(format);
    const frames = mulawFrames(tone(1000, { ms: 400 })).map((frame) => hear(frame));
    expect(frames.every((frame) => frame.length === 20 * bytesPerMs(format))).toBe(true);
    const heard = pcmSamples(Buffer.concat(frames.slice(2)));
    const { dbov, snrDb } = measureTone(heard, 1000, sampleRateOf(format));
    expect(Math.abs(dbov + 10)).toBeLessThan(0.1);
    // The limit is the quality of μ-law.
    expect(snrDb).toBeGreaterThan(35);
  });

  it('is not mixed with what another caller says', () => {
    const [one, other, alone] = [
      hearingAs('pcm_16000'),
      hearingAs('pcm_16000'),
      hearingAs('pcm_16000'),
    ];
    const frames = mulawFrames(tone(440, { ms: 100 }));
    const heard = frames.map((frame) => {
      other(Buffer.alloc(160, 0x10));
      return one(frame);
    });
    expect(heard).toEqual(frames.map((frame) => alone(frame)));
  });
});

describe('what an agent says', () => {
  it('is passed on unchanged when it is μ-law', () => {
    const encoder = speakingAs('mulaw_8000');
    const chunk = Buffer.alloc(33, 0x55);
    expect(encoder.write(chunk)).toBe(chunk);
    expect(encoder.flush()).toHaveLength(0);
  });

  it.each(PCM_FORMATS)('as %s gives the same μ-law however its bytes are split', (format) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 999 }), { maxLength: 9 }), (pieces) => {
        const chunks = pieces.map((piece) => Buffer.from(piece));
        const whole = Buffer.concat(chunks);
        const cut = spoken(format, ...chunks);
        expect(cut.equals(spoken(format, whole))).toBe(true);
        const samples = whole.length >> 1;
        expect(cut).toHaveLength(Math.ceil((samples * 8000) / sampleRateOf(format)));
      }),
    );
  });

  it.each(PCM_FORMATS)('as %s keeps its level', (format) => {
    const sampleRate = sampleRateOf(format);
    const heard = decodeMulaw(spoken(format, pcmBytes(tone(1000, { sampleRate, ms: 400 }))));
    const { dbov, snrDb } = measureTone(heard.subarray(160, -160), 1000, 8000);
    expect(Math.abs(dbov + 10)).toBeLessThan(0.1);
    expect(snrDb).toBeGreaterThan(35);
  });

  it('does not depend on the memory of a chunk it was given before', () => {
    const encoder = speakingAs('pcm_8000');
    const chunk = Buffer.of(0x34);
    encoder.write(chunk);
    chunk.fill(0);
    expect(encoder.write(Buffer.of(0x12))).toEqual(encodeMulaw(Int16Array.of(0x1234)));
  });

  it('starts over after a flush, without the half sample from before', () => {
    const encoder = speakingAs('pcm_24000');
    const reply = pcmBytes(tone(700, { sampleRate: 24_000, ms: 50 }));
    encoder.write(Buffer.concat([reply, Buffer.of(1)]));
    encoder.flush();
    expect(Buffer.concat([encoder.write(reply), encoder.flush()])).toEqual(
      spoken('pcm_24000', reply),
    );
  });
});
