import type { AlertMessage } from './alert-book.js';
import type { News } from './standings.js';

/** A message in words, for every channel the same. */
export interface AlertText {
  subject: string;
  body: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NAMED_MAX = 3;

/** @param publicUrl where the console is, under `/console`; null: not known */
export function textOf(message: AlertMessage, publicUrl: string | null): AlertText {
  const { kind, news, at, simulated, instance, alone } = message;
  const subject = kind === 'test' ? 'Patchbay: a test message' : `Patchbay: ${summaryOf(news)}`;
  const blocks =
    kind === 'test'
      ? ['This is a test. Nothing is wrong: alerts arrive here.']
      : news.map((one) => blockOf(one, at));
  const [first] = news;
  const notes = [
    ...(simulated
      ? ['Calls are simulated: no carrier is configured, and no telephone rings.']
      : []),
    ...(alone
      ? ['The store is away, so other instances cannot know of this message and may send the same.']
      : []),
    `Told by the instance ${instance} at ${timeOf(at)}.`,
    publicUrl === null
      ? 'More: the page Doctor of the console, or `npm run doctor`.'
      : `More: ${publicUrl}/console/doctor${first ? `?check=${first.check}` : ''}`,
  ];
  return { subject, body: [...blocks, notes.join('\n')].join('\n\n') };
}

function summaryOf(news: readonly News[]): string {
  const of = (change: News['change']): string[] =>
    news.filter((one) => one.change === change).map(({ title }) => title);
  const [down, back] = [of('down'), of('back')];
  const parts = [
    ...(down.length > 0 ? [`${counted(down)} down (${listed(down)})`] : []),
    ...(back.length > 0 ? [`${counted(back)} back (${listed(back)})`] : []),
  ];
  return parts.join(', ');
}

function counted({ length }: readonly string[]): string {
  return length === 1 ? '1 check is' : `${length} checks are`;
}

function listed(titles: readonly string[]): string {
  const more = titles.length - NAMED_MAX;
  return `${titles.slice(0, NAMED_MAX).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function blockOf({ change, check, title, seen, fix, since }: News, at: number): string {
  switch (change) {
    case 'down':
      return [
        `DOWN: ${title} (${check}), since ${timeOf(since)}`,
        seen,
        ...(fix === null ? [] : [`What to do: ${fix}`]),
      ].join('\n');
    case 'back':
      return `BACK: ${title} (${check}), after ${spanOf(at - since)}\n${seen}`;
    default:
      return change satisfies never;
  }
}

function timeOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function spanOf(milliseconds: number): string {
  if (milliseconds < 2 * MINUTE_MS) return `${Math.round(milliseconds / 1000)} s`;
  if (milliseconds < 2 * HOUR_MS) return `${Math.round(milliseconds / MINUTE_MS)} min`;
  return `${Math.round(milliseconds / HOUR_MS)} h`;
}
