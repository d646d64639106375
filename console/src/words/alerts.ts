import type { Alert, AlertDelivery, Alerts, AlertStanding } from '../api/system-types.js';
import type { Check } from '../api/types.js';
import type { StatusWords } from './statuses.js';
import { shortTime } from './time.js';

/** What people are, or will be, told of one check. */
export interface CheckNews {
  name: string;
  title: string;
  status: Check['status'];
  /** When it was first seen down; null: it is not down, or this is not known. */
  since: string | null;
  /** A sentence about what was told last and what comes next; empty: nothing was told lately. */
  told: string;
}

const CHANNELS: Readonly<Record<string, string>> = { webhook: 'Webhook', email: 'Mail' };

export function channelText(channel: string): string {
  return CHANNELS[channel] ?? channel;
}

/** Where a channel leads. Of mail addresses only the first letter and the domain are shown. */
export function maskedTo({ channel, to }: { channel: string; to: string }): string {
  if (channel !== 'email') return to;
  return to
    .split(', ')
    .map((address) => address.replace(/^(.).*(@[^@]*)$/, '$1…$2'))
    .join(', ');
}

/** Every check that is looked at, those that are down first; `now` in milliseconds. */
export function checkNews(
  checks: readonly Check[],
  { enabled, standings, messages }: Alerts,
  now: number,
): CheckNews[] {
  const rows = checks.map(({ name, title, status }) => {
    const standing = standings.find(({ check }) => check === name);
    const isDown = status === 'down';
    return {
      name,
      title,
      status,
      since: isDown && standing ? standing.since : null,
      told: enabled ? toldText(isDown, standing, lastNews(messages, name), now) : 'Nobody is told.',
    };
  });
  return rows.toSorted((a, b) => Number(b.status === 'down') - Number(a.status === 'down'));
}

interface LastNews {
  change: 'down' | 'back';
  at: string;
}

function lastNews(messages: readonly Alert[], check: string): LastNews | null {
  for (const { checks, created_at: at } of messages) {
    const news = checks.find((one) => one.check === check);
    if (news) return { change: news.change, at };
  }
  return null;
}

function toldText(
  isDown: boolean,
  standing: AlertStanding | undefined,
  last: LastNews | null,
  now: number,
): string {
  if (standing?.told) {
    const when = last?.change === 'down' ? ` at ${shortTime(last.at)}` : '';
    return isDown ? `Told${when}.` : `Told${when}. That it is back is told after two good rounds.`;
  }
  const quiet = standing?.quiet_until ?? null;
  if (quiet !== null && Date.parse(quiet) > now) {
    return `Quiet until ${shortTime(quiet)}; told then, if it is down.`;
  }
  if (isDown) return 'Not told yet: it is told when two rounds in a row find it down.';
  if (last === null) return '';
  return last.change === 'back'
    ? `Told to be back at ${shortTime(last.at)}.`
    : `Told to be down at ${shortTime(last.at)}.`;
}

/** How often the checks run for it, and what the quiet time is. */
export function rhythmText({ every_seconds: every, quiet_seconds: quiet }: Alerts): string {
  const round = `The quick checks run every ${spanText(every)}, at one instance for all.`;
  const told =
    'What is broken in two rounds in a row is told, and told back after two rounds in which it is not.';
  const rest =
    quiet === 0
      ? 'There is no quiet time.'
      : `Quiet time: what came back is not told down again within ${spanText(quiet)} of the time it was told down.`;
  return `${round} ${told} ${rest}`;
}

function spanText(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** What a message says, in a few words. */
export function alertText({ kind, checks }: Pick<Alert, 'kind' | 'checks'>): string {
  if (kind === 'test') return 'Test message';
  const titled = (change: 'down' | 'back'): string =>
    checks
      .filter((one) => one.change === change)
      .map(({ title }) => title)
      .join(', ');
  const [down, back] = [titled('down'), titled('back')];
  return [down && `Down: ${down}`, back && `Back: ${back}`].filter(Boolean).join('. ');
}

/** How a message on its way by one channel is drawn. */
export function alertDeliveryWords({ state, attempts }: AlertDelivery): StatusWords {
  switch (state) {
    case 'delivered':
      return { text: 'delivered', tone: 'good', shape: '✓' };
    case 'given_up':
      return { text: 'not delivered', tone: 'bad', shape: '✕' };
    case 'pending':
      return attempts === 0
        ? { text: 'waiting', tone: 'waiting', shape: '◌' }
        : { text: 'failing', tone: 'waiting', shape: '▲' };
    default:
      return { text: String(state), tone: 'neutral', shape: '·' };
  }
}

/** What came of a message by one channel, as a sentence. */
export function alertDeliveryText(delivery: AlertDelivery): string {
  const { text } = alertDeliveryWords(delivery);
  const why = whyText(delivery);
  return `${channelText(delivery.channel)} ${text}${why === '' ? '.' : why}`;
}

/** The same beside the words of its state. */
export function alertDeliveryNote(delivery: AlertDelivery): string {
  return `${channelText(delivery.channel)}${whyText(delivery)}`;
}

function whyText({ error, next_attempt_at: next }: AlertDelivery): string {
  const again = next === null ? '' : ` Next try at ${shortTime(next)}.`;
  return `${error === null ? '' : `: ${error}.`}${again}`;
}
