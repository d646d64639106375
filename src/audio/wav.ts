import { alawSample } from './alaw.js';
import { encodeMulaw, mulawSample } from './mulaw.js';
import { pcmBytes } from './pcm.js';
import { MAX_SAMPLE_RATE, MIN_SAMPLE_RATE, Resampler } from './resampler.js';

export interface Wav {
  /** Samples a second. */
  sampleRate: number;
  /** 1 or 2, as in the file. */
  channels: number;
  /** One channel of 16 bits; for a stereo file the mean of both. */
  samples: Int16Array;
}

/** A file that can be read and has not been read yet. */
export interface WavSource {
  sampleRate: number;
  channels: number;
  /** The number of samples of one channel. */
  length: number;
  /** Reads these of the samples; see {@link Wav.samples}. */
  read(from: number, to: number): Int16Array;
}

/**
 * - `not-wav`: it does not begin like a WAV file
 * - `no-format`, `no-data`: that part is missing or truncated, or holds not a single sample
 * - `encoding`: other than PCM of 8, 16, 24 or 32 bits, 32-bit float, μ-law or A-law
 * - `channels`: neither mono nor stereo
 * - `sample-rate`: below 4000 or above 192,000
 */
export type WavProblem =
  'not-wav' | 'no-format' | 'no-data' | 'encoding' | 'channels' | 'sample-rate';

interface Format {
  code: number;
  channels: number;
  sampleRate: number;
  bits: number;
  /** What a sample takes: 24 bits may stand in four bytes. */
  sampleBytes: number;
}

/** The order of bytes; `RF64` is for files that may be longer than 4 GiB. */
type Order = 'LE' | 'BE';
const ORDERS: Record<string, Order | undefined> = { RIFF: 'LE', RF64: 'LE', RIFX: 'BE' };

const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;
/** The bytes that follow the code in the GUIDs of WAVE_FORMAT_EXTENSIBLE. */
const SUBFORMAT_TAIL = '000000001000800000aa00389b71';

const CHUNK_HEADER_BYTES = 8;
/** Programs write this while they do not know the length yet. It stays if they never learn it. */
const UNKNOWN_SIZES = new Set([0, 0xffff_ffff]);

/**
 * Reads a WAV file that may be truncated, or written by a program that
 * did not know its length: the samples that are there count, not what the header
 * says. The memory it takes is in proportion to the file.
 */
export function readWav(file: Buffer): Wav | { problem: WavProblem } {
  const source = openWav(file);
  if ('problem' in source) return source;
  const { sampleRate, channels, length } = source;
  return { sampleRate, channels, samples: source.read(0, length) };
}

/** Like {@link readWav}, but only finds out the shape, because reading all samples takes time. */
export function openWav(file: Buffer): WavSource | { problem: WavProblem } {
  const order = ORDERS[file.toString('latin1', 0, 4)];
  if (order === undefined || file.toString('latin1', 8, 12) !== 'WAVE') {
    return { problem: 'not-wav' };
  }
  const { formatChunk, data } = findChunks(file, order);
  const format = formatChunk === null ? null : readFormat(formatChunk, order);
  if (format === null) return { problem: 'no-format' };
  if (data === null) return { problem: 'no-data' };
  const { channels, sampleRate } = format;
  if (channels !== 1 && channels !== 2) return { problem: 'channels' };
  if (sampleRate < MIN_SAMPLE_RATE || sampleRate > MAX_SAMPLE_RATE) {
    return { problem: 'sample-rate' };
  }
  const sampleAt = sampleReader(format, data, order);
  if (sampleAt === null) return { problem: 'encoding' };
  const length = Math.floor(data.length / (channels * format.sampleBytes));
  if (length === 0) return { problem: 'no-data' };
  return {
    sampleRate,
    channels,
    length,
    read: (from, to) => mixed(format, sampleAt, from, to),
  };
}

/** Converts the whole file to μ-law. Takes about 3 ms for each second of audio at 48 kHz. */
export function toMulaw8k(wav: Pick<Wav, 'sampleRate' | 'samples'>): Buffer {
  if (wav.sampleRate === 8000) return encodeMulaw(wav.samples);
  const resampler = new Resampler(wav.sampleRate, 8000);
  const begun = encodeMulaw(resampler.write(wav.samples));
  return Buffer.concat([begun, encodeMulaw(resampler.flush())]);
}

/** The same, a second of audio at a time, for code that must not be blocked for long. */
export function* mulaw8kBySeconds(source: WavSource): Generator<Buffer> {
  const { sampleRate, length } = source;
  const resampler = new Resampler(sampleRate, 8000);
  for (let from = 0; from < length; from += sampleRate) {
    yield encodeMulaw(resampler.write(source.read(from, Math.min(from + sampleRate, length))));
  }
  yield encodeMulaw(resampler.flush());
}

/** How the samples of a file that is written stand in it: 16 bits each, or a byte of μ-law. */
export type WavEncoding = 'pcm' | 'mulaw';

/** What the header says of an encoding. One other than PCM has a longer description, and its length in a chunk of its own. */
const WRITTEN: Readonly<Record<WavEncoding, { code: number; sampleBytes: number; extra: Buffer }>> =
  {
    pcm: { code: PCM, sampleBytes: 2, extra: Buffer.alloc(0) },
    // Nothing more describes the format; then `fact`, whose four bytes are the samples of one channel.
    mulaw: {
      code: MULAW,
      sampleBytes: 1,
      extra: Buffer.from('\0\0fact\x04\0\0\0\0\0\0\0', 'latin1'),
    },
  };

/** The bytes before the samples of 16-bit PCM. */
export const WAV_HEADER_BYTES = 44;
/** The bytes before the samples of μ-law. */
export const MULAW_WAV_HEADER_BYTES = WAV_HEADER_BYTES + WRITTEN.mulaw.extra.length;

/** The header of a file: the bytes before its samples. */
export function wavHeader({
  encoding = 'pcm',
  sampleRate,
  channels,
  dataBytes,
}: {
  encoding?: WavEncoding;
  sampleRate: number;
  channels: 1 | 2;
  /**
   * The bytes of samples that follow. One too large for a WAV header, or infinite, is written as unknown. After
   * an odd number of them the file has one byte more.
   */
  dataBytes: number;
}): Buffer {
  const { code, sampleBytes, extra } = WRITTEN[encoding];
  const frameBytes = channels * sampleBytes;
  const header = Buffer.alloc(WAV_HEADER_BYTES + extra.length);
  const sizeAt = (offset: number, size: number): void =>
    void header.writeUInt32LE(Math.min(size, 0xffff_ffff), offset);
  header.write('RIFF', 0);
  const padding = dataBytes % 2 === 1 ? 1 : 0;
  sizeAt(4, header.length - CHUNK_HEADER_BYTES + dataBytes + padding);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(encoding === 'pcm' ? 16 : 18, 16);
  header.writeUInt16LE(code, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * frameBytes, 28);
  header.writeUInt16LE(frameBytes, 32);
  header.writeUInt16LE(sampleBytes * 8, 34);
  extra.copy(header, 36);
  if (encoding === 'mulaw') sizeAt(46, dataBytes / channels);
  header.write('data', header.length - 8);
  sizeAt(header.length - 4, dataBytes);
  return header;
}

/**
 * A file of 16-bit PCM.
 * @param samples of two channels: left and right in turn
 */
export function wavOf(
  samples: Int16Array,
  { sampleRate = 8_000, channels = 1 }: { sampleRate?: number; channels?: 1 | 2 } = {},
): Buffer {
  const data = pcmBytes(samples);
  return Buffer.concat([wavHeader({ sampleRate, channels, dataBytes: data.length }), data]);
}

/** The first chunk of each kind, as much of it as the file has; a `data` without a byte is none. */
function findChunks(
  file: Buffer,
  order: Order,
): { formatChunk: Buffer | null; data: Buffer | null } {
  let formatChunk: Buffer | null = null;
  let data: Buffer | null = null;
  /** Of `data`, where the header of RF64 gives it. */
  let longSize: number | null = null;
  let at = 12;
  while (at + CHUNK_HEADER_BYTES <= file.length && (formatChunk === null || data === null)) {
    const { name, size: told } = chunkAt(file, at, order);
    const start = at + CHUNK_HEADER_BYTES;
    let size = told;
    if (name === 'data' && UNKNOWN_SIZES.has(told)) {
      const isEmpty = told === 0 && areChunks(file, start, order);
      size = isEmpty ? 0 : Math.min(longSize ?? Infinity, file.length - start);
    }
    if (name === 'ds64' && start + 16 <= file.length) longSize = longSizeAt(file, start + 8);
    if (name === 'fmt ') formatChunk ??= file.subarray(start, start + size);
    if (name === 'data' && size > 0) data ??= file.subarray(start, start + size);
    // Chunks begin at even offsets.
    at = start + size + (size % 2);
  }
  return { formatChunk, data };
}

function chunkAt(file: Buffer, at: number, order: Order): { name: string; size: number } {
  const size = order === 'LE' ? file.readUInt32LE(at + 4) : file.readUInt32BE(at + 4);
  return { name: file.toString('latin1', at, at + 4), size };
}

/** Null: it is given as unknown here too. */
function longSizeAt(file: Buffer, at: number): number | null {
  const size = Number(file.readBigUInt64LE(at));
  return size === 0 ? null : size;
}

/** Whether the rest of the file is chunks to its end, rather than samples. */
function areChunks(file: Buffer, from: number, order: Order): boolean {
  let at = from;
  while (at + CHUNK_HEADER_BYTES <= file.length) {
    const { name, size } = chunkAt(file, at, order);
    if (!/^[ -~]{4}$/.test(name)) return false;
    at += CHUNK_HEADER_BYTES + size + (size % 2);
  }
  return at === file.length || at === file.length + 1;
}

function readFormat(chunk: Buffer, order: Order): Format | null {
  if (chunk.length < 16) return null;
  const word = (at: number): number =>
    order === 'LE' ? chunk.readUInt16LE(at) : chunk.readUInt16BE(at);
  const code = word(0);
  const isExtensible = code === EXTENSIBLE && chunk.toString('hex', 26, 40) === SUBFORMAT_TAIL;
  const [channels, bits, blockBytes] = [word(2), word(14), word(12)];
  // The block tells in how many bytes the bits of a sample stand; a block that cannot be does not.
  const told = blockBytes / channels;
  const isTold = Number.isInteger(told) && told * 8 >= bits && told <= 4;
  return {
    code: isExtensible ? word(24) : code,
    channels,
    sampleRate: order === 'LE' ? chunk.readUInt32LE(4) : chunk.readUInt32BE(4),
    bits,
    sampleBytes: isTold ? told : bits / 8,
  };
}

/**
 * The function that reads the sample at an offset, on the scale of 16 bits; null for an unknown
 * encoding. The bits of a sample stand at the upper end of its bytes.
 */
function sampleReader(
  { code, bits, sampleBytes }: Format,
  data: Buffer,
  order: Order,
): ((at: number) => number) | null {
  const isLittle = order === 'LE';
  if (bits === 0 || (bits % 8 !== 0 && code !== PCM)) return null;
  switch (`${code}/${8 * sampleBytes}`) {
    case `${PCM}/8`:
      return (at) => (data.readUInt8(at) - 128) * 256;
    case `${PCM}/16`:
      return isLittle ? (at) => data.readInt16LE(at) : (at) => data.readInt16BE(at);
    case `${PCM}/24`:
      return isLittle ? (at) => data.readIntLE(at, 3) / 256 : (at) => data.readIntBE(at, 3) / 256;
    case `${PCM}/32`:
      return isLittle
        ? (at) => data.readInt32LE(at) / 65_536
        : (at) => data.readInt32BE(at) / 65_536;
    case `${FLOAT}/32`:
      return isLittle
        ? (at) => data.readFloatLE(at) * 32_768
        : (at) => data.readFloatBE(at) * 32_768;
    case `${MULAW}/8`:
      return (at) => mulawSample(data.readUInt8(at));
    case `${ALAW}/8`:
      return (at) => alawSample(data.readUInt8(at));
    default:
      return null;
  }
}

function mixed(
  format: Format,
  sampleAt: (at: number) => number,
  from: number,
  to: number,
): Int16Array {
  const { channels, sampleBytes } = format;
  const frameBytes = channels * sampleBytes;
  const samples = new Int16Array(to - from);
  for (let index = 0; index < samples.length; index++) {
    const at = (from + index) * frameBytes;
    const left = sampleAt(at);
    const value = channels === 1 ? left : (left + sampleAt(at + sampleBytes)) / 2;
    // Not a number becomes 0 in the array.
    samples[index] = Math.max(-32_768, Math.min(32_767, Math.round(value)));
  }
  return samples;
}
