import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Nothing that asks the internet for anything. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `CHROMIUM_PATH`, else where one usually is; null where there is none. */
export function chromiumPath(): string | null {
  const named = process.env['CHROMIUM_PATH'];
  const path = [named, ...USUAL_PLACES].find((place) => place && existsSync(place)) ?? null;
  if (path === null) {
    process.stderr.write('\nNo Chromium: the tests in a browser are skipped. Set CHROMIUM_PATH.\n');
  }
  return path;
}

/** @param more arguments for Chromium */
export async function launch(more: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error('there is no Chromium');
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}
