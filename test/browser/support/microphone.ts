import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { wavOf } from '../../../src/audio/wav.js';

const RATE = 48_000;

interface Beeps {
  /** In hertz. */
  pitch: number;
  /** How long each beep is. */
  seconds: number;
  /** How long nothing is heard after it. */
  pauseSeconds: number;
}

/**
 * Writes what a browser's microphone hears, again and again.
 * @returns the arguments with which Chromium takes the file for its microphone
 */
export async function beepingMicrophone(
  file: string,
  { pitch, seconds, pauseSeconds }: Beeps,
): Promise<string[]> {
  const samples = Int16Array.from({ length: RATE * (seconds + pauseSeconds) }, (_, at) =>
    at < RATE * seconds ? Math.round(12_000 * Math.sin((2 * Math.PI * pitch * at) / RATE)) : 0,
  );
  await writeFile(file, wavOf(samples, { sampleRate: RATE }));
  return [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${file}`,
  ];
}

/** Resolves when the level of a side of the call, `You` or `Agent`, rises above this, of 1. */
export async function levelAbove(page: Page, side: 'You' | 'Agent', level: number): Promise<void> {
  const meter = await page.getByLabel(side, { exact: true }).elementHandle();
  await page.waitForFunction(
    ({ meter: shown, level: least }) => (shown as HTMLMeterElement).value > least,
    { meter, level },
  );
}
