import { decodeMulaw, encodeMulaw, MULAW_BYTES_PER_SECOND } from './mulaw.js';
import { Resampler } from './resampler.js';

export const WAV_HEADER_BYTES = 44;

/** A sound, mixed to one channel. */
export interface Sound {
  sampleRate: number;
  samples: Int16Array;
}

export type WavReading = { ok: true; sound: Sound } | { ok: false; why: string };

/** WAVE format tags (RFC 2361). */
const PCM = 1;
const FLOAT = 3;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;
const RATE_MIN = 4_000;
const RATE_MAX = 192_000;
/** Chunks before the audio that are passed over. */
const CHUNKS_MAX = 1_000;

type ReadSample = (data: Buffer, at: number) => number;

/** Readers by format tag and bits, to the range of 16 bits. */
const SAMPLES: Record<string, ReadSample> = {
  [`${PCM}/8`]: (data, at) => ((data[at] as number) - 128) << 8,
  [`${PCM}/16`]: (data, at) => data.readInt16LE(at),
  [`${PCM}/24`]: (data, at) => data.readInt16LE(at + 1),
  [`${PCM}/32`]: (data, at) => data.readInt16LE(at + 2),
  [`${FLOAT}/32`]: (data, at) => clip((data.readFloatLE(at) || 0) * 32_767),
  [`${MULAW}/8`]: (data, at) => decodeMulaw(data.subarray(at, at + 1))[0] as number,
};

/**
 * Reads a WAV file: PCM of 8 to 32 bits, 32-bit float or μ-law, one or two
 * channels, any usual rate. A file cut short, or one whose writer never came
 * to write its sizes, is read as far as it goes.
 */
export function readWav(file: Buffer): WavReading {
  if (file.length < 12 || tag(file, 0) !== 'RIFF' || tag(file, 8) !== 'WAVE') {
    return { ok: false, why: 'it is not a WAV file' };
  }
  let format: Format | null = null;
  let at = 12;
  for (let chunk = 0; chunk < CHUNKS_MAX && at + 8 <= file.length; chunk += 1) {
    const name = tag(file, at);
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, at + 8 + size);
    if (name === 'fmt ') format = readFormat(body);
    if (name === 'data') {
      if (!format) return { ok: false, why: 'its format comes after its audio' };
      // A writer that was stopped leaves no size, or the largest.
      return decode(format, size === 0 ? file.subarray(at + 8) : body);
    }
    at += 8 + size + (size % 2);
  }
  return { ok: false, why: 'it holds no audio' };
}

/** The 44 bytes before 16-bit PCM. */
export function wavHeader(sampleRate: number, channels: number, dataBytes: number): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** As the telephone plays it: μ-law, 8 kHz. */
export function soundToMulaw(sound: Sound): Buffer {
  return encodeMulaw(atTelephoneRate(sound));
}

/** The samples at 8 kHz. */
export function atTelephoneRate({ sampleRate, samples }: Sound): Int16Array {
  if (sampleRate === MULAW_BYTES_PER_SECOND) return samples;
  const resampler = new Resampler(sampleRate, MULAW_BYTES_PER_SECOND);
  const [body, rest] = [resampler.write(samples), resampler.flush()];
  const whole = new Int16Array(body.length + rest.length);
  whole.set(body);
  whole.set(rest, body.length);
  return whole;
}

interface Format {
  kind: number;
  channels: number;
  sampleRate: number;
  bits: number;
}

function readFormat(body: Buffer): Format | null {
  if (body.length < 16) return null;
  const told = body.readUInt16LE(0);
  // The true format is the first word of the sub-format.
  const kind = told === EXTENSIBLE && body.length >= 26 ? body.readUInt16LE(24) : told;
  return {
    kind,
    channels: body.readUInt16LE(2),
    sampleRate: body.readUInt32LE(4),
    bits: body.readUInt16LE(14),
  };
}

function decode(format: Format, data: Buffer): WavReading {
  const { kind, channels, sampleRate, bits } = format;
  const read = SAMPLES[`${kind}/${bits}`];
  if (!read) return { ok: false, why: `its encoding (format ${kind}, ${bits} bits) is not known` };
  if (channels !== 1 && channels !== 2) return { ok: false, why: `it has ${channels} channels` };
  if (sampleRate < RATE_MIN || sampleRate > RATE_MAX) {
    return { ok: false, why: `its rate of ${sampleRate} Hz is out of range` };
  }
  const width = bits / 8;
  const samples = new Int16Array(Math.floor(data.length / (width * channels)));
  for (let index = 0; index < samples.length; index += 1) {
    const at = index * width * channels;
    const left = read(data, at);
    samples[index] = channels === 1 ? left : (left + read(data, at + width)) / 2;
  }
  return { ok: true, sound: { sampleRate, samples } };
}

function tag(file: Buffer, at: number): string {
  return file.toString('latin1', at, at + 4);
}

function clip(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}
