import type { Check } from '../api/types.js';
import type { Readiness } from '../api/system-types.js';
import { fill } from '../messages/fill.js';
import { language } from '../messages/language.js';
import { m } from '../messages/first.js';

/** What is wrong with the service, in one line. */
export interface HealthWords {
  tone: 'bad' | 'waiting';
  text: string;
  /** The doctor's check to look at first; null: none of them says more. */
  check: string | null;
}

/** What the doctor found; null: nothing is wrong. What is broken hides what is merely to be looked at. */
export function healthOf(checks: readonly Check[]): HealthWords | null {
  const down = checks.filter(({ status }) => status === 'down');
  const wrong = down.length > 0 ? down : checks.filter(({ status }) => status === 'warn');
  const [first] = wrong;
  if (!first) return null;
  const text = wrong.length === 1 ? alone(first) : titles(wrong.map(({ title }) => title));
  return { tone: down.length > 0 ? 'bad' : 'waiting', text, check: first.name };
}

/** How soon the doctor is asked again, in seconds: while something is broken soon, so that the line goes with its cause. */
export function askAgainSeconds(words: HealthWords | null): number {
  return words?.tone === 'bad' ? 10 : 60;
}

/** Why the service is not ready, for people who may not ask the doctor; null: it is. */
export function readinessWords({ status, reasons }: Readiness): HealthWords | null {
  if (status === 'up') return null;
  const told = reasons.map((reason) => reason.replace(/^\w+: /, '')).join('; ');
  return { tone: 'bad', text: fill(m.shell.theServiceIsNotReady, { told }), check: null };
}

/** One check with the first sentence of what it saw. */
function alone({ title, seen }: Check): string {
  const sentence = seen?.match(/^.*?[.!?](?=\s|$)/)?.[0] ?? seen ?? '';
  return sentence === '' ? title : `${title}: ${sentence.replaceAll('`', '')}`;
}

function titles(all: readonly string[]): string {
  const [first = '', second = '', ...more] = all;
  const two = `${first}, ${inside(second)}`;
  return more.length === 0 ? two : fill(m.shell.andMore, { two, more: more.length });
}

/** A title within a sentence; an acronym keeps its letters, and so does a German noun. */
function inside(title: string): string {
  if (language !== 'en') return title;
  return title.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}
