// Makes the sounds that come with Patchbay, in `sounds`: flite (Debian's package of that name) says the sentences with its voice
// slt, and the result is cut and stored as WAV, μ-law at 8 kHz. node scripts/welcome-sounds.mjs [path of flite], after a build.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeMulaw, encodeMulaw } from '../dist/src/audio/mulaw.js';
import { readWav, toMulaw8k, wavHeader } from '../dist/src/audio/wav.js';

const flite = process.argv[2] ?? 'flite';
const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'sounds');

const SENTENCES = {
  welcome: 'Welcome to Patchbay. This call is being recorded.',
  choices:
    'Press 1 to hear your own voice. Press 2 to answer a question. Press 3 to learn what is kept of this call. Press 0 to hang up.',
  echo: 'Another workflow has the call now. Say something, and you will hear it again.',
  'no-echo': 'The workflow Echo is not there any more.',
  question: 'What would you like to build? Press 1 for a menu, 2 for a voice agent, 3 for both.',
  noted: 'Thank you. Your answer is now a fact of this call.',
  kept: 'When you have hung up, the page of this call shows each key, each fact, and the recording.',
  goodbye: 'Goodbye.',
};

/** What is quieter at the beginning and the end is cut off: samples of 16 bits. */
const SILENT = 160;
/** The pause that follows each sentence: samples at 8 kHz. */
const PAUSE = 2_400;
/** The loudest sample of each sound: half of what is possible. */
const PEAK = 16_000;

const temporary = mkdtempSync(join(tmpdir(), 'welcome-sounds-'));

function speak(text) {
  const file = join(temporary, 'said.wav');
  execFileSync(flite, ['-voice', 'slt', '-t', text, '-o', file]);
  const samples = decodeMulaw(toMulaw8k(readWav(readFileSync(file))));
  const isLoud = (sample) => Math.abs(sample) > SILENT;
  const said = samples.subarray(samples.findIndex(isLoud), samples.findLastIndex(isLoud) + 1);
  const peak = said.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1);
  const sound = new Int16Array(said.length + PAUSE);
  sound.set(said.map((sample) => Math.round((sample * PEAK) / peak)));
  return sound;
}

/** A chunk has an even number of bytes. */
function wavOf(mulaw) {
  const form = { encoding: 'mulaw', sampleRate: 8_000, channels: 1, dataBytes: mulaw.length };
  return Buffer.concat([wavHeader(form), mulaw, Buffer.alloc(mulaw.length % 2)]);
}

try {
  for (const [name, text] of Object.entries(SENTENCES)) {
    writeFileSync(join(folder, `${name}.wav`), wavOf(encodeMulaw(speak(text))));
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
