import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { decodeMulaw } from '../audio/mulaw.js';
import { mulaw8kBySeconds, openWav, wavOf, type WavProblem, type WavSource } from '../audio/wav.js';

/** The longest sound: what may wait to be heard. */
const LENGTH_MAX_SECONDS = 10 * 60;

const PROBLEMS: Record<WavProblem, string> = {
  'not-wav': 'it is not a WAV file',
  'no-format': 'its format is missing',
  'no-data': 'it holds no audio',
  encoding: 'its encoding is not known; save it as 16-bit PCM',
  channels: 'it is neither mono nor stereo',
  'sample-rate': 'its rate is out of range; 8,000 Hz is what the telephone plays',
};

/** Why a sound cannot be played, in words. */
export class SoundError extends Error {}

/**
 * A WAV file as μ-law at 8 kHz.
 * @throws SoundError that says why it cannot be played
 */
export async function mulawOf(file: Buffer): Promise<Buffer> {
  const wav = openWav(file);
  if ('problem' in wav) throw new SoundError(problemWith(file, wav.problem));
  if (wav.length > LENGTH_MAX_SECONDS * wav.sampleRate) {
    throw new SoundError('it is longer than ten minutes');
  }
  return convert(wav);
}

/**
 * A WAV file of any rate as one of 16 bits at 8 kHz, such as the telephone plays it.
 * @throws SoundError that says why it cannot be played
 */
export async function telephoneSound(file: Buffer): Promise<{ wav: Buffer; durationMs: number }> {
  const audio = await mulawOf(file);
  if (audio.length === 0) throw new SoundError(PROBLEMS['no-data']);
  return { wav: wavOf(decodeMulaw(audio)), durationMs: Math.round(audio.length / 8) };
}

function problemWith(file: Buffer, problem: WavProblem): string {
  return problem === 'not-wav' && isMp3(file)
    ? 'it is an MP3 file; save it as WAV, for instance by "ffmpeg -i sound.mp3 sound.wav"'
    : PROBLEMS[problem];
}

/** With a tag, or beginning with a frame. */
function isMp3(file: Buffer): boolean {
  const [first = 0, second = 0] = file;
  return file.toString('latin1', 0, 3) === 'ID3' || (first === 0xff && (second & 0xe6) === 0xe2);
}

/** Lets the other calls continue meanwhile. Converting ten minutes at once would be seconds of silence for all of them. */
async function convert(wav: WavSource): Promise<Buffer> {
  const seconds: Buffer[] = [];
  for (const second of mulaw8kBySeconds(wav)) {
    seconds.push(second);
    await turnOfTheLoop();
  }
  return Buffer.concat(seconds);
}
