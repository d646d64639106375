import type { News, Standings } from './standings.js';

export const CHANNELS = ['webhook', 'email'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** A message on its way by one channel. */
export interface Delivery {
  channel: ChannelName;
  /** How often it was tried. */
  attempts: number;
  /** When it is tried next, in milliseconds; null: it is not, since it was delivered or given up. */
  nextAt: number | null;
  deliveredAt: number | null;
  /** What went wrong at the last try, or with some of the receivers. It holds no URL and no password. */
  error: string | null;
}

export interface AlertMessage {
  id: string;
  /** In milliseconds. */
  at: number;
  kind: 'news' | 'test';
  news: News[];
  /** Whether no call leaves this machine. */
  simulated: boolean;
  /** The instance that saw it. */
  instance: string;
  /** The store was away, so that another instance may have told the same. */
  alone: boolean;
  deliveries: Delivery[];
}

/** What was seen and what was told. One for all instances, in the store. */
export interface AlertBook {
  standings: Standings;
  /** Oldest first. */
  messages: AlertMessage[];
}

export const EMPTY_BOOK: AlertBook = { standings: {}, messages: [] };

/** The messages that are kept. */
const MESSAGES_MAX = 50;

export function withMessage(book: AlertBook, message: AlertMessage): AlertBook {
  const others = book.messages.filter(({ id }) => id !== message.id);
  const messages = [...others, message].sort((a, b) => a.at - b.at);
  return { ...book, messages: messages.slice(-MESSAGES_MAX) };
}

/**
 * Two versions of the book as one: that of the store, and what this instance saw and told while
 * the store was away. Of each check the later standing holds, of each delivery the one that got further.
 */
export function mergeBooks(stored: AlertBook, ours: AlertBook): AlertBook {
  const standings: Record<string, Standings[string]> = { ...stored.standings };
  for (const [name, standing] of Object.entries(ours.standings)) {
    const other = standings[name];
    if (!other || other.at <= standing.at) standings[name] = standing;
  }
  return ours.messages.reduce<AlertBook>(
    (book, message) => {
      const other = stored.messages.find(({ id }) => id === message.id);
      return withMessage(book, other ? furtherOf(other, message) : message);
    },
    { standings, messages: stored.messages },
  );
}

function furtherOf(one: AlertMessage, other: AlertMessage): AlertMessage {
  const deliveries = one.deliveries.map((delivery) => {
    const same = other.deliveries.find(({ channel }) => channel === delivery.channel);
    return same && progressOf(same) > progressOf(delivery) ? same : delivery;
  });
  return { ...one, deliveries };
}

function progressOf({ deliveredAt, attempts }: Delivery): number {
  return deliveredAt === null ? attempts : Infinity;
}

/** A message as it is when nobody was told of it yet. */
export function newMessage(
  fields: Omit<AlertMessage, 'deliveries'>,
  channels: readonly ChannelName[],
): AlertMessage {
  const deliveries = channels.map((channel): Delivery => {
    return { channel, attempts: 0, nextAt: fields.at, deliveredAt: null, error: null };
  });
  return { ...fields, deliveries };
}
