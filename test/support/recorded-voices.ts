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
const WORD_STEP = 3;
const SENTENCES = 2;
const FIRST_SENTENCE = 3;
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
  const all: Recorded = { agents: [], words: [], sentences: [], songs: [] };
  const [from, to] = SONG_MS;
  for (const speaker of readdirSync(join(FOLDER, 'sounds')).sort()) {
    const { prompts, words, sentences } = speechOf(wavsIn(join(FOLDER, 'sounds', speaker)));
    // A folder without prompts is what is left of a package.
    if (prompts.length < PROMPTS) continue;
    all.agents.push(inOne(prompts));
    all.words.push(...words.filter((_, n) => n % WORD_STEP === 0));
    all.sentences.push(...sentences.slice(-SENTENCES));
  }
  all.songs = wavsIn(join(FOLDER, 'moh')).map((path) => {
    return load(path).slice(from * PER_MS, to * PER_MS);
  });
  return all;
}

/** As many of each as are used: reading all files takes a minute. */
function speechOf(paths: readonly string[]) {
  const found = {
    prompts: [] as Int16Array[],
    words: [] as Int16Array[],
    sentences: [] as Int16Array[],
  };
  const take = (
    into: Int16Array[],
    most: number,
    samples: Int16Array,
    within: readonly number[],
  ): void => {
    const ms = samples.length / PER_MS;
    if (into.length < most && ms > (within[0] ?? 0) && ms < (within[1] ?? Infinity))
      into.push(samples);
  };
  for (const path of paths) {
    if (/silence|tone|beep/.test(path)) continue;
    const samples = trimmed(load(path));
    take(found.prompts, PROMPTS, samples, [SPEECH_MS]);
    take(found.words, WORDS * WORD_STEP, samples, WORD_MS);
    take(found.sentences, FIRST_SENTENCE + SENTENCES, samples, SENTENCE_MS);
    const { prompts, words, sentences } = found;
    const isEnough = words.length === WORDS * WORD_STEP && prompts.length === PROMPTS;
    if (isEnough && sentences.length === FIRST_SENTENCE + SENTENCES) break;
  }
  return found;
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
