import { expect, it } from '@jest/globals';
import { lengthText, soundNameOf } from './sounds.js';

it.each([
  ['welcome.wav', 'welcome.wav'],
  ['Guten Tag (2).WAV', 'Guten-Tag-2.wav'],
  ['.hidden', ''],
  ['no-ending', 'no-ending.wav'],
  ['übung.wav', 'bung.wav'],
  ['日本.wav', ''],
])('the file %s becomes the sound %s', (file, name) => {
  expect(soundNameOf(file)).toBe(name);
});

it.each([
  [400, '0.4 s'],
  [9_940, '9.9 s'],
  [61_000, '1:01'],
])('%s ms is %s', (milliseconds, text) => {
  expect(lengthText(milliseconds)).toBe(text);
});
