// Makes test/fixtures/voices, the voices of the tests: espeak-ng (Debian's package of that name) speaks, and the result is cut and
// stored as μ-law at 8 kHz. node scripts/test-voices.mjs [path of espeak-ng]
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeMulaw, encodeMulaw } from '../dist/src/audio/mulaw.js';
import { readWav, toMulaw8k } from '../dist/src/audio/wav.js';

const espeak = process.argv[2] ?? 'espeak-ng';
const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'test', 'fixtures', 'voices');
/** What is quieter at the beginning and the end is cut off: samples of 16 bits. */
const SILENT = 160;

function speak(text, voice, pace = 150) {
  const wav = execFileSync(espeak, ['-v', voice, '-s', String(pace), '--stdout', text], {
    maxBuffer: 1 << 26,
  });
  const samples = decodeMulaw(toMulaw8k(readWav(wav)));
  const from = samples.findIndex((sample) => Math.abs(sample) > SILENT);
  const to = samples.findLastIndex((sample) => Math.abs(sample) > SILENT);
  return samples.subarray(from, to + 1);
}

/** As long as the shortest. */
function together(voices) {
  const length = Math.min(...voices.map((voice) => voice.length));
  return Int16Array.from({ length }, (_, at) =>
    voices.reduce((sum, voice) => sum + (voice[at] ?? 0) / voices.length, 0),
  );
}

const CHAT =
  'so I told him that it was never going to work and then he said well maybe we should go and talk to the others about it before the end of the month';
const sounds = {
  agent: speak(
    'Thank you for calling. Our opening hours are Monday to Friday from nine in the morning until five in the afternoon. If you know the extension of the person you want, please say it now.',
    'en+f3',
  ),
  question: speak('excuse me, I have a question about my invoice', 'en'),
  'question-f': speak('excuse me, I have a question about my invoice', 'en+f4'),
  moment: speak('einen Moment bitte, ich habe eine Frage', 'de'),
  wait: speak('wait a second please', 'en+m3'),
  hello: speak('hello?', 'en'),
  no: speak('no', 'en'),
  'stop-1': speak('stop', 'en'),
  'stop-2': speak('stop', 'en+f3'),
  'stop-3': speak('stop', 'en+m7', 140),
  'stop-4': speak('Stopp', 'de'),
  'stop-5': speak('Stopp', 'de+f2'),
  'stop-6': speak('stop', 'en+f5', 170),
  babble: together(
    ['en', 'en+f2', 'en+m3', 'en+f5', 'en+m4'].map((voice, n) => speak(CHAT, voice, 145 + 8 * n)),
  ),
};
for (const [name, samples] of Object.entries(sounds)) {
  writeFileSync(join(folder, `${name}.ulaw`), encodeMulaw(samples));
}
