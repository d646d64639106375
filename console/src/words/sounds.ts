import { durationText, secondsText } from './time.js';

/** A name for a file that is uploaded: what is no letter, digit, `_`, `-` or `.` becomes `-`. */
export function soundNameOf(file: string): string {
  const bare = file
    .replace(/\.[^.]*$/, '')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[.-]+|-+$/g, '')
    .slice(0, 96);
  return bare === '' ? '' : `${bare}.wav`;
}

/** How long a sound is: `0.4 s` while it is short, then minutes and seconds. */
export function lengthText(milliseconds: number): string {
  return milliseconds < 10_000 ? secondsText(milliseconds) : durationText(milliseconds / 1000);
}
