import type { Alert, AlertDelivery, Alerts, AlertStanding } from '../api/system-types.js';
import type { Check } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { checkTitle } from './checks.js';
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

const CHANNELS: Readonly<Record<string, string>> = {
  webhook: m.alerts.webhook,
  email: m.alerts.mail,
};

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
      told: enabled ? toldText(isDown, standing, lastNews(messages, name), now) : m.alerts.nobody,
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
    const told =
      last?.change === 'down' ? fill(m.alerts.toldAt, { time: shortTime(last.at) }) : m.alerts.told;
    return isDown ? told : `${told} ${m.alerts.toldDownAndNotYetBack}`;
  }
  const quiet = standing?.quiet_until ?? null;
  if (quiet !== null && Date.parse(quiet) > now) {
    return fill(m.alerts.quietUntilToldThenIf, { quiet: shortTime(quiet) });
  }
  if (isDown) return m.alerts.notToldYetItIs;
  if (last === null) return '';
  return last.change === 'back'
    ? fill(m.alerts.toldToBeBackAt, { at: shortTime(last.at) })
    : fill(m.alerts.toldToBeDownAt, { at: shortTime(last.at) });
}

/** How often the checks run for it, and what the quiet time is. */
export function rhythmText({ every_seconds: every, quiet_seconds: quiet }: Alerts): string {
  const round = fill(m.alerts.theQuickChecksRunEvery, { every: spanText(every) });
  const told = m.alerts.whatIsBrokenInTwo;
  const rest =
    quiet === 0
      ? m.alerts.thereIsNoQuietTime
      : fill(m.alerts.quietTimeWhatCameBack, { quiet: spanText(quiet) });
  return `${round} ${told} ${rest}`;
}

function spanText(seconds: number): string {
  return seconds % 60 === 0 ? fill(m.alerts.minutes, { minutes: seconds / 60 }) : `${seconds} s`;
}

/** What a message says, in a few words. */
export function alertText({ kind, checks }: Pick<Alert, 'kind' | 'checks'>): string {
  if (kind === 'test') return m.alerts.testMessage;
  const titled = (change: 'down' | 'back'): string =>
    checks
      .filter((one) => one.change === change)
      .map(({ check: name, title }) => checkTitle({ name, title }))
      .join(', ');
  const [down, back] = [titled('down'), titled('back')];
  return [down && fill(m.alerts.down, { down }), back && fill(m.alerts.back, { back })]
    .filter(Boolean)
    .join('. ');
}

/** How a message on its way by one channel is drawn. */
export function alertDeliveryWords({ state, attempts }: AlertDelivery): StatusWords {
  switch (state) {
    case 'delivered':
      return { text: m.alerts.delivered, tone: 'good', shape: '✓' };
    case 'given_up':
      return { text: m.alerts.notDelivered, tone: 'bad', shape: '✕' };
    case 'pending':
      return attempts === 0
        ? { text: m.alerts.waiting, tone: 'waiting', shape: '◌' }
        : { text: m.alerts.failing, tone: 'waiting', shape: '▲' };
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
  const again = next === null ? '' : ` ${fill(m.alerts.nextTryAt, { time: shortTime(next) })}`;
  return `${error === null ? '' : `: ${error}.`}${again}`;
}
