import { locale } from '../messages/language.js';

/** `0:07`, `12:34`, `1:02:03`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** A length of time in milliseconds: `340 ms`, `2.4 s`. */
export function millisText(milliseconds: number): string {
  return milliseconds < 1000 ? `${ABOUT.format(milliseconds)} ms` : secondsText(milliseconds);
}

/** With one digit behind the point, which in German is a comma: `2.4 s`. */
export function secondsText(milliseconds: number): string {
  return `${TENTHS.format(milliseconds / 1000)} s`;
}

const ABOUT = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, useGrouping: false });
const TENTHS = new Intl.NumberFormat(locale, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  useGrouping: false,
});
const DAY_TIME = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
const TIME = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
const EXACT = new Intl.DateTimeFormat(locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
const SHORT = new Intl.DateTimeFormat(locale, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** The full time, in the reader's own time zone and in the chosen language. */
export const dayTime = (iso: string): string => DAY_TIME.format(new Date(iso));
export const clockTime = (iso: string): string => TIME.format(new Date(iso));
/** With milliseconds, where the order matters. */
export const exactTime = (iso: string): string => EXACT.format(new Date(iso));
/** The time for lists, without year and seconds. */
export const shortTime = (iso: string): string => SHORT.format(new Date(iso));
