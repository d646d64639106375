import type { ShownRun } from './call-run.js';

/**
 * A place in the order in which changes of calls are published: by `changedXid`,
 * then by `position`.
 */
export type FeedPlace = Pick<ShownRun, 'changedXid' | 'position'>;

/**
 * A place, and which history of the store it is a place of: when a standby takes over, it may
 * give the same places again.
 */
export interface FeedCursor {
  timeline: number;
  place: FeedPlace;
}

/** How far back changes are told again when another server goes on with the store. */
export const TOLD_AGAIN_MS = 3_600_000;

/** Before all changes. */
export const FEED_START: FeedPlace = { changedXid: 0, position: 0 };

export function isAfter(one: FeedPlace, other: FeedPlace): boolean {
  return one.changedXid === other.changedXid
    ? one.position > other.position
    : one.changedXid > other.changedXid;
}

/** The id under which a reader receives a change. */
export function idOfPlace(timeline: number, { changedXid, position }: FeedPlace): string {
  return `${timeline}.${changedXid}.${position}`;
}

/** `older`: the id of a release before 0.3, which no longer names a place. Null: not an id. */
export function cursorOfId(id: string): FeedCursor | 'older' | null {
  if (/^\d{1,15}(\.\d{1,15})?$/.test(id)) return 'older';
  const match = /^(\d{1,15})\.(\d{1,15})\.(\d{1,15})$/.exec(id);
  if (!match) return null;
  return {
    timeline: Number(match[1]),
    place: { changedXid: Number(match[2]), position: Number(match[3]) },
  };
}
