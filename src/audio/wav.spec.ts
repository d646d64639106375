import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeMulaw, encodeMulaw } from './mulaw.js';
import { readWav, soundToMulaw, wavHeader, type Sound } from './wav.js';

const SAMPLES = Int16Array.from({ length: 100 }, (_, n) => Math.round(12_000 * Math.sin(n / 5)));

interface Shape {
  kind: number;
  bits: number;
  channels?: number;
  sampleRate?: number;
  extensible?: boolean;
  before?: Buffer;
  size?: number;
}

function file(shape: Shape, data: Buffer): Buffer {
  const { kind, bits, channels = 1, sampleRate = 8_000, extensible = false } = shape;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : kind, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(sampleRate, 4);
  format.writeUInt32LE((sampleRate * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(kind, 24);
  return Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'),
    chunk('fmt ', format),
    shape.before ?? Buffer.alloc(0),
    chunk('data', data, shape.size),
  ]);
}

function chunk(name: string, body: Buffer, size = body.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

const encode = (bytes: number, write: (into: Buffer, at: number, x: number) => void): Buffer => {
  const data = Buffer.alloc(SAMPLES.length * bytes);
  SAMPLES.forEach((x, n) => write(data, n * bytes, x));
  return data;
};
const pcm16 = encode(2, (into, at, x) => into.writeInt16LE(x, at));
const stereo = Buffer.alloc(SAMPLES.length * 4);
SAMPLES.forEach((x, n) => {
  stereo.writeInt16LE(x, n * 4);
  stereo.writeInt16LE(-x, n * 4 + 2);
});

function soundOf(wav: Buffer): Sound {
  const reading = readWav(wav);
  if (!reading.ok) throw new Error(reading.why);
  return reading.sound;
}

describe('a WAV file', () => {
  it.each<[string, Shape, Buffer, number]>([
    [
      '8-bit PCM',
      { kind: 1, bits: 8 },
      encode(1, (into, at, x) => (into[at] = (x >> 8) + 128)),
      256,
    ],
    ['16-bit PCM', { kind: 1, bits: 16 }, pcm16, 0],
    [
      '24-bit PCM',
      { kind: 1, bits: 24 },
      encode(3, (into, at, x) => into.writeIntLE(x * 256, at, 3)),
      0,
    ],
    [
      '32-bit PCM',
      { kind: 1, bits: 32 },
      encode(4, (into, at, x) => into.writeInt32LE(x * 65_536, at)),
      0,
    ],
    [
      'float',
      { kind: 3, bits: 32 },
      encode(4, (into, at, x) => into.writeFloatLE(x / 32_767, at)),
      1,
    ],
    ['μ-law', { kind: 7, bits: 8 }, encodeMulaw(SAMPLES), 300],
    ['an extensible header', { kind: 1, bits: 16, extensible: true }, pcm16, 0],
    [
      'chunks before the audio',
      { kind: 1, bits: 16, before: chunk('LIST', Buffer.from('odd')) },
      pcm16,
      0,
    ],
    ['no size of the audio', { kind: 1, bits: 16, size: 0 }, pcm16, 0],
    ['the largest size', { kind: 1, bits: 16, size: 0xffffffff }, pcm16, 0],
  ])('with %s is read', (_, shape, data, error) => {
    const { samples, sampleRate } = soundOf(file(shape, data));
    expect(sampleRate).toBe(8_000);
    expect(samples).toHaveLength(SAMPLES.length);
    samples.forEach((x, n) =>
      expect(Math.abs(x - (SAMPLES[n] as number))).toBeLessThanOrEqual(error),
    );
  });

  it('of two channels is mixed to one', () => {
    const { samples } = soundOf(file({ kind: 1, bits: 16, channels: 2 }, stereo));
    expect(samples).toEqual(new Int16Array(SAMPLES.length));
  });

  it('that is cut short is read as far as it goes', () => {
    const whole = file({ kind: 1, bits: 16 }, pcm16);
    expect(soundOf(whole.subarray(0, -101)).samples).toEqual(SAMPLES.subarray(0, 49));
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'not a WAV'],
    ['another file', Buffer.from('ID3 or whatever it is'), 'not a WAV'],
    ['no audio', file({ kind: 1, bits: 16 }, pcm16).subarray(0, 36), 'no audio'],
    ['a codec of its own', file({ kind: 85, bits: 16 }, pcm16), 'format 85'],
    ['six channels', file({ kind: 1, bits: 16, channels: 6 }, pcm16), '6 channels'],
    ['no rate', file({ kind: 1, bits: 16, sampleRate: 0 }, pcm16), 'out of range'],
  ])('of %s is refused in words', (_, wav, why) => {
    expect(readWav(wav)).toEqual({ ok: false, why: expect.stringContaining(why) });
  });

  it('whatever it holds never throws', () => {
    const head = file({ kind: 1, bits: 16 }, pcm16).subarray(0, 44);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 44 }),
        fc.uint8Array({ maxLength: 300 }),
        (over, rest) => {
          const wav = Buffer.concat([head, rest]);
          over.forEach((byte, n) => {
            if (byte % 3 === 0 && n > 11) wav[n] = byte;
          });
          expect(typeof readWav(wav).ok).toBe('boolean');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of ours is read back, and plays on the telephone', () => {
    const wav = Buffer.concat([wavHeader(8_000, 1, pcm16.length), pcm16]);
    expect(soundOf(wav)).toEqual({ sampleRate: 8_000, samples: SAMPLES });
    const second = Int16Array.from({ length: 44_100 }, (_, n) => 9_000 * Math.sin(n / 20));
    expect(soundToMulaw({ sampleRate: 44_100, samples: second })).toHaveLength(8_000);
    expect(decodeMulaw(soundToMulaw({ sampleRate: 8_000, samples: SAMPLES }))).toHaveLength(100);
  });
});
