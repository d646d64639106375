import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { inTurn, measureTone, tone } from '../../test/support/test-signals.js';
import { decodeMulaw, encodeMulaw } from './mulaw.js';
import { pcmBytes } from './pcm.js';
import {
  MULAW_WAV_HEADER_BYTES,
  readWav,
  toMulaw8k,
  wavHeader,
  wavOf,
  type Wav,
  type WavProblem,
} from './wav.js';
import { cpuMsOf } from '../../test/support/patience.js';

const GUID_TAIL = Buffer.from('000000001000800000aa00389b71', 'hex');

interface Shape {
  code?: number;
  bits?: number;
  channels?: number;
  sampleRate?: number;
  extra?: Buffer;
}

function formatChunk({ code = 1, bits = 16, channels = 1, sampleRate = 8000, extra }: Shape) {
  const chunk = Buffer.alloc(16);
  const frameBytes = (channels * bits) / 8;
  chunk.writeUInt16LE(code, 0);
  chunk.writeUInt16LE(channels, 2);
  chunk.writeUInt32LE(sampleRate, 4);
  chunk.writeUInt32LE((sampleRate * frameBytes) % 2 ** 32, 8);
  chunk.writeUInt16LE(frameBytes % 2 ** 16, 12);
  chunk.writeUInt16LE(bits, 14);
  return named('fmt ', Buffer.concat([chunk, extra ?? Buffer.alloc(0)]));
}

function named(name: string, content: Buffer, size = content.length): Buffer {
  const header = Buffer.alloc(8);
  header.write(name, 'latin1');
  header.writeUInt32LE(size, 4);
  return Buffer.concat([header, content, Buffer.alloc(content.length % 2)]);
}

function riff(...chunks: Buffer[]): Buffer {
  const content = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return Buffer.concat([named('RIFF', content)]);
}

const file = (shape: Shape, data: Buffer) => riff(formatChunk(shape), named('data', data));

function read(bytes: Buffer): Wav {
  const wav = readWav(bytes);
  if ('problem' in wav) throw new Error(wav.problem);
  return wav;
}

const samplesOf = (bytes: Buffer) => [...read(bytes).samples];

describe('a WAV file is read', () => {
  const floats = Buffer.alloc(20);
  [0.5, -0.5, 2, -1, Number.NaN].forEach((value, at) => floats.writeFloatLE(value, at * 4));

  it.each([
    ['8 bits', { bits: 8 }, Buffer.of(128, 255, 0), [0, 32_512, -32_768]],
    ['16 bits', { bits: 16 }, pcmBytes(Int16Array.of(0, 32_767, -32_768)), [0, 32_767, -32_768]],
    ['24 bits', { bits: 24 }, Buffer.from('0034120000f0ffff7f', 'hex'), [0x1234, -4096, 32_767]],
    ['32 bits', { bits: 32 }, Buffer.from('0000341200000080', 'hex'), [0x1234, -32_768]],
    ['float', { code: 3, bits: 32 }, floats, [16_384, -16_384, 32_767, -32_768, 0]],
    ['μ-law', { code: 7, bits: 8 }, Buffer.of(0xff, 0x80, 0x00), [0, 32_124, -32_124]],
    ['A-law', { code: 6, bits: 8 }, Buffer.of(0xd5, 0x55, 0xaa, 0x2a), [8, -8, 32_256, -32_256]],
  ])('of %s', (_, shape, data, samples) => {
    expect(samplesOf(file(shape, data))).toEqual(samples);
  });

  it('of two channels as their mean', () => {
    const data = pcmBytes(Int16Array.of(100, 200, -32_768, -32_768, 32_767, -32_767));
    expect(read(file({ channels: 2, sampleRate: 44_100 }, data))).toEqual({
      sampleRate: 44_100,
      channels: 2,
      samples: Int16Array.of(150, -32_768, 0),
    });
  });

  it.each([
    ['PCM', 1, 16, Buffer.of(0x34, 0x12), [0x1234]],
    ['float', 3, 32, floats.subarray(0, 4), [16_384]],
    ['μ-law', 7, 8, Buffer.of(0x80), [32_124]],
  ])('in the extensible form of %s', (_, code, bits, data, samples) => {
    const extra = Buffer.concat([Buffer.from('1600100000000000', 'hex'), Buffer.of(code, 0)]);
    const shape = { code: 0xfffe, bits, extra: Buffer.concat([extra, GUID_TAIL]) };
    expect(samplesOf(file(shape, data))).toEqual(samples);
  });

  it('with other chunks around it, even of odd lengths', () => {
    const list = named('LIST', Buffer.from('INFOx'));
    const format = formatChunk({ bits: 8 });
    const data = named('data', Buffer.of(129, 127, 128));
    const samples = [256, -256, 0];
    expect(samplesOf(riff(list, format, list, data, list))).toEqual(samples);
    expect(samplesOf(riff(data, list, format))).toEqual(samples);
  });

  it.each([0, 0xffff_ffff])('to its end when its header gives the length %i', (size) => {
    const data = named('data', pcmBytes(Int16Array.of(1, 2, 3)), size);
    expect(samplesOf(riff(formatChunk({}), data))).toEqual([1, 2, 3]);
  });

  it('as far as it goes if it is truncated', () => {
    const shape = { bits: 24, channels: 2 };
    const whole = file(shape, Buffer.alloc(6 * 100, 1));
    expect(read(whole.subarray(0, -1)).samples).toHaveLength(99);
    expect(read(whole.subarray(0, -590)).samples).toHaveLength(1);
  });

  it('without what follows it where it has no audio of its own, and after it where it has', () => {
    const list = named('LIST', Buffer.from('INFOISFT....Lavf60.16.1'));
    const empty = named('data', Buffer.alloc(0));
    const two = pcmBytes(Int16Array.of(7, 8));
    expect(readWav(riff(formatChunk({}), empty, list))).toEqual({ problem: 'no-data' });
    expect(samplesOf(riff(formatChunk({}), empty, list, named('data', two)))).toEqual([7, 8]);
  });

  it('by the bytes of a sample: 24 bits may stand in four', () => {
    const format = formatChunk({ bits: 24 });
    format.writeUInt16LE(4, 8 + 12);
    const data = Buffer.from('003412000000f0ff00ffff7f', 'hex');
    const wav = read(riff(format, named('data', data)));
    expect([...wav.samples]).toEqual([0x12, -16, 32_767]);
  });

  it('in the form for long files, whose header has its length elsewhere', () => {
    const sizes = Buffer.alloc(28);
    sizes.writeBigUInt64LE(4n, 8);
    const data = named('data', pcmBytes(Int16Array.of(7, 8)), 0xffff_ffff);
    const list = named('LIST', Buffer.from('INFO'));
    const long = riff(named('ds64', sizes), formatChunk({}), data, list);
    long.write('RF64', 0, 'latin1');
    expect(samplesOf(long)).toEqual([7, 8]);
  });

  it('in the other order of bytes', () => {
    const format = formatChunk({ sampleRate: 16_000 });
    for (const at of [0, 2, 12, 14]) format.subarray(8 + at, 8 + at + 2).swap16();
    for (const at of [4, 8]) format.subarray(8 + at, 8 + at + 4).swap32();
    const data = named('data', Buffer.from('0102fffe', 'hex'));
    const other = riff(format, data);
    other.write('RIFX', 0, 'latin1');
    for (const at of [4, 16, 16 + 24]) other.subarray(at, at + 4).swap32();
    const wav = read(other);
    expect([wav.sampleRate, ...wav.samples]).toEqual([16_000, 0x0102, -2]);
  });
});

describe('a WAV file is not read', () => {
  const data = named('data', Buffer.alloc(100));
  const noGuid = { code: 0xfffe, extra: Buffer.alloc(24) };
  const cases: [string, WavProblem, Buffer][] = [
    ['it is empty', 'not-wav', Buffer.alloc(0)],
    ['it is something else', 'not-wav', Buffer.from('ID3 and then music')],
    ['it ends after its name', 'no-format', riff()],
    ['it has no format', 'no-format', riff(data)],
    ['its format is cut short', 'no-format', riff(formatChunk({})).subarray(0, 34)],
    ['it has no data', 'no-data', riff(formatChunk({}))],
    ['it has not a single sample', 'no-data', file({}, Buffer.alloc(1))],
    ['it is compressed', 'encoding', file({ code: 2, bits: 4 }, data)],
    ['it is 16-bit float', 'encoding', file({ code: 3, bits: 16 }, data)],
    ['it has no bits', 'encoding', file({ bits: 0 }, data)],
    ['its extension says nothing', 'encoding', file(noGuid, data)],
    ['it has no channel', 'channels', file({ channels: 0 }, data)],
    ['it has six channels', 'channels', file({ channels: 6 }, data)],
    ['its rate is zero', 'sample-rate', file({ sampleRate: 0 }, data)],
    ['its rate is absurd', 'sample-rate', file({ sampleRate: 0xffff_ffff }, data)],
  ];
  it.each(cases)('when %s', (_, problem, bytes) => {
    expect(readWav(bytes)).toEqual({ problem });
  });
});

describe('a file, whatever it holds,', () => {
  const word = fc.oneof(fc.constantFrom(0, 1, 7, 16, 0x7fff_ffff, 0xffff_ffff), fc.nat(200));
  const chunk = fc
    .tuple(fc.constantFrom('fmt ', 'data', 'LIST', 'junk'), word, fc.uint8Array({ maxLength: 60 }))
    .map(([name, size, content]) => named(name, Buffer.from(content), size));
  const shape = fc.record({
    code: fc.constantFrom(0, 1, 3, 6, 7, 0xfffe, 0xffff),
    bits: fc.constantFrom(0, 4, 8, 16, 20, 24, 32, 64, 0xffff),
    channels: fc.constantFrom(0, 1, 2, 3, 0xffff),
    sampleRate: fc.oneof(word, fc.integer({ min: 3990, max: 192_010 })),
  });
  const anyFile = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.array(chunk, { maxLength: 6 }).map((chunks) => riff(...chunks)),
    fc.tuple(shape, chunk).map(([fields, data]) => riff(formatChunk(fields), data)),
  );

  it('is read or refused, within its own size', () => {
    fc.assert(
      fc.property(anyFile, (bytes) => {
        const wav = readWav(bytes);
        if ('problem' in wav) return;
        expect(wav.samples.length).toBeLessThanOrEqual(bytes.length);
        const length = Math.ceil((wav.samples.length * 8000) / wav.sampleRate);
        expect(toMulaw8k(wav)).toHaveLength(length);
      }),
      { numRuns: 3000 },
    );
  });

  it('does not take long, even as a million empty chunks', () => {
    const chunks = Buffer.alloc(8_000_000);
    const refuse = (): void => expect(readWav(riff(chunks))).toEqual({ problem: 'no-format' });
    expect(cpuMsOf(refuse)).toBeLessThan(10_000);
  });
});

describe('a WAV file is written', () => {
  it.each([1, 2] as const)('with the header of %i channels that is read back', (channels) => {
    const written = wavOf(Int16Array.of(5, 5, -7, -7), { sampleRate: 24_000, channels });
    expect(written).toHaveLength(44 + 8);
    expect(read(written)).toEqual({
      sampleRate: 24_000,
      channels,
      samples: channels === 1 ? Int16Array.of(5, 5, -7, -7) : Int16Array.of(5, -7),
    });
  });

  it('byte for byte as the format says', () => {
    expect(wavHeader({ sampleRate: 8000, channels: 2, dataBytes: 0x1000 }).toString('hex')).toBe(
      [
        '52494646',
        '24100000',
        '57415645',
        '666d7420',
        '10000000',
        '0100',
        '0200',
        '401f0000',
        '007d0000',
        '0400',
        '1000',
        '64617461',
        '00100000',
      ].join(''),
    );
  });

  it('as mono at 8 kHz where nothing else is said', () => {
    const samples = Int16Array.of(1, -2, 3);
    expect(read(wavOf(samples))).toEqual({ sampleRate: 8_000, channels: 1, samples });
  });

  it.each([1, 2] as const)(
    'as μ-law of %i channels, which lasts as long when it is read',
    (channels) => {
      const data = encodeMulaw(Int16Array.of(5_000, 5_000, -700, -700));
      const form = {
        encoding: 'mulaw',
        sampleRate: 8_000,
        channels,
        dataBytes: data.length,
      } as const;
      const header = wavHeader(form);
      expect(header).toHaveLength(MULAW_WAV_HEADER_BYTES);
      const heard = decodeMulaw(data);
      expect(read(Buffer.concat([header, data]))).toEqual({
        sampleRate: 8_000,
        channels,
        samples: channels === 1 ? heard : Int16Array.of(heard[0] ?? 0, heard[2] ?? 0),
      });
    },
  );

  it.each([
    [
      2,
      0x1000,
      '52494646321000005741564566 6d7420120000000700020040 1f0000803e00000200080000006661637404000000000800006461746100100000',
    ],
    // The byte that makes an odd chunk even counts in the file and not in the chunk.
    [
      1,
      3,
      '5249464636000000574156456 66d7420120000000700010040 1f0000401f000001000800000066616374040000000300000064617461 03000000',
    ],
  ] as const)(
    'as μ-law of %i channels byte for byte as the format says',
    (channels, dataBytes, bytes) => {
      const header = wavHeader({ encoding: 'mulaw', sampleRate: 8_000, channels, dataBytes });
      expect(header.toString('hex')).toBe(bytes.replaceAll(' ', ''));
    },
  );

  it.each([
    ['pcm', 2 ** 40],
    ['mulaw', 2 ** 40],
    ['mulaw', Infinity],
  ] as const)('as %s with an unknown length if there are %d bytes', (encoding, dataBytes) => {
    const header = wavHeader({ encoding, sampleRate: 8_000, channels: 1, dataBytes });
    const sizes = [header.readUInt32LE(4), header.readUInt32LE(header.length - 4)];
    expect(sizes).toEqual([0xffff_ffff, 0xffff_ffff]);
  });
});

describe('a WAV file for the telephone', () => {
  it('is the same samples when it is at 8 kHz', () => {
    const samples = tone(440, { ms: 100 });
    expect(toMulaw8k({ sampleRate: 8000, samples })).toEqual(encodeMulaw(samples));
  });

  it.each([4000, 11_025, 22_050, 44_100, 48_000, 192_000])(
    'lasts as long and sounds the same when it is at %i',
    (sampleRate) => {
      const samples = inTurn(tone(1000, { sampleRate, ms: 500 }), Int16Array.of(0));
      const mulaw = toMulaw8k({ sampleRate, samples });
      expect(mulaw).toHaveLength(Math.ceil((samples.length * 8000) / sampleRate));
      const heard = decodeMulaw(mulaw).subarray(200, -200);
      expect(Math.abs(measureTone(heard, 1000, 8000).dbov + 10)).toBeLessThan(0.2);
    },
  );
});
