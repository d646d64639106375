import { decodeMulaw } from '../../../src/audio/mulaw.js';

const PCM = 1;
const MULAW = 7;

/** A mono WAV, PCM 16 bit at 8 kHz, of μ-law bytes. */
export function mulawToWav(audio: Buffer): Buffer {
  const samples = decodeMulaw(audio);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length * 2, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length * 2, 40);
  const data = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => data.writeInt16LE(sample, index * 2));
  return Buffer.concat([header, data]);
}

/** Samples at 8 kHz of a mono WAV: PCM 16 bit or μ-law, other rates by linear interpolation. */
export function wavToSamples(file: Buffer): Int16Array {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('not a WAV file');
  }
  let format = { code: 0, channels: 0, rate: 0, bits: 0 };
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const start = at + 8;
    if (name === 'fmt ') {
      format = {
        code: file.readUInt16LE(start),
        channels: file.readUInt16LE(start + 2),
        rate: file.readUInt32LE(start + 4),
        bits: file.readUInt16LE(start + 14),
      };
    } else if (name === 'data') {
      return toEightKilohertz(decode(file.subarray(start, start + size), format), format.rate);
    }
    at = start + size + (size % 2);
  }
  throw new Error('the WAV file has no data');
}

function decode(
  data: Buffer,
  format: { code: number; channels: number; bits: number },
): Int16Array {
  if (format.channels !== 1) throw new Error('the WAV file is not mono');
  if (format.code === MULAW && format.bits === 8) return decodeMulaw(data);
  if (format.code !== PCM || format.bits !== 16) {
    throw new Error('the WAV file is neither PCM 16 bit nor μ-law');
  }
  return Int16Array.from({ length: data.length >> 1 }, (_, index) => data.readInt16LE(index * 2));
}

function toEightKilohertz(samples: Int16Array, rate: number): Int16Array {
  if (rate === 8000) return samples;
  const length = Math.floor((samples.length * 8000) / rate);
  return Int16Array.from({ length }, (_, index) => {
    const position = (index * rate) / 8000;
    const before = Math.floor(position);
    const first = samples[before] ?? 0;
    const second = samples[before + 1] ?? first;
    return first + (second - first) * (position - before);
  });
}
