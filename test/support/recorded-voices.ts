import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMulaw } from '../../src/audio/mulaw.js';
import { readWav, toMulaw8k } from '../../src/audio/wav.js';

/** Where Debian's packages `asterisk-core-sounds-{en,es,fr,it,ru}-wav` and `asterisk-moh-opsound-wav` put them. */
const FOLDER = process.env['RECORDED_VOICES_DIR'] ?? '/usr/share/asterisk';
/** Quieter samples at the beginning and at the end are cut off. */
const SILENT = 200;
const PER_MS = 8;
const WORD_MS = [300, 900] as const;
const SENTENCE_MS = [1_500, 2_500] as const;
const SPEECH_MS = 3_000;
const PAUSE_MS = 200;
/** Of a language: so many of its words, sentences, and prompts of which an agent's speech is made. */
const WORDS = 30;
const SENTENCES = 2;
const PROMPTS = 6;
/** A song from its twentieth second on. */
const SONG_MS = [20_000, 60_000] as const;

/** People and music that were recorded, 16 bits at 8 kHz. */
export interface Recorded {
  /** One of each professional speaker: some sentences one after another. */
  agents: Int16Array[];
  words: Int16Array[];
  sentences: Int16Array[];
  songs: Int16Array[];
}

export const hasRecordedVoices =
  existsSync(join(FOLDER, 'sounds')) && existsSync(join(FOLDER, 'moh'));

export function recordedVoices(): Recorded {
  const sounds = join(FOLDER, 'sounds');
  const all: Recorded = { agents: [], words: [], sentences: [], songs: [] };
  for (const speaker of readdirSync(sounds).sort()) {
    const prompts = wavsIn(join(sounds, speaker)).map((path) => ({
      path,
      samples: trimmed(load(path)),
    }));
    const lasting = (from: number, to: number): Int16Array[] =>
      prompts
        .filter(({ path }) => !/silence|tone|beep/.test(path))
        .map(({ samples }) => samples)
        .filter(({ length }) => length > from * PER_MS && length < to * PER_MS);
    const long = lasting(SPEECH_MS, Infinity);
    // A folder without prompts is a link or a package's leftover.
    if (long.length < PROMPTS) continue;
    all.agents.push(inOne(long.slice(0, PROMPTS)));
    all.words.push(
      ...lasting(...WORD_MS)
        .filter((_, n) => n % 3 === 0)
        .slice(0, WORDS),
    );
    all.sentences.push(...lasting(...SENTENCE_MS).slice(3, 3 + SENTENCES));
  }
  const [from, to] = SONG_MS;
  all.songs = wavsIn(join(FOLDER, 'moh')).map((path) =>
    load(path).slice(from * PER_MS, to * PER_MS),
  );
  return all;
}

function wavsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wav'))
    .sort()
    .map((name) => join(folder, name));
}

function load(path: string): Int16Array {
  const wav = readWav(readFileSync(path));
  // The package has a prompt of a word that its language does not have.
  if ('problem' in wav) return new Int16Array(0);
  return decodeMulaw(toMulaw8k(wav));
}

function trimmed(samples: Int16Array): Int16Array {
  const isLoud = (sample: number): boolean => Math.abs(sample) > SILENT;
  return samples.slice(Math.max(0, samples.findIndex(isLoud)), samples.findLastIndex(isLoud) + 1);
}

function inOne(prompts: readonly Int16Array[]): Int16Array {
  const pause = PAUSE_MS * PER_MS;
  const all = new Int16Array(prompts.reduce((sum, { length }) => sum + length + pause, 0));
  let at = 0;
  for (const prompt of prompts) {
    all.set(prompt, at);
    at += prompt.length + pause;
  }
  return all;
}
