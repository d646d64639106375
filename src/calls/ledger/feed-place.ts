import type { ShownRun } from './call-run.js';

/**
 * A place in the order in which changes of calls are published: by `changedXid`,
 * then by `position`.
 */
export type FeedPlace = Pick<ShownRun, 'changedXid' | 'position'>;

/** Before all changes. */
export const FEED_START: FeedPlace = { changedXid: 0, position: 0 };

export function isAfter(one: FeedPlace, other: FeedPlace): boolean {
  return one.changedXid === other.changedXid
    ? one.position > other.position
    : one.changedXid > other.changedXid;
}

/** The id under which a reader receives a change. */
export function placeId({ changedXid, position }: FeedPlace): string {
  return `${changedXid}.${position}`;
}

/** `older`: the id of a release before 0.2, which no longer names a place. Null: not an id. */
export function placeOfId(id: string): FeedPlace | 'older' | null {
  if (/^\d{1,15}$/.test(id)) return 'older';
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(id);
  return match ? { changedXid: Number(match[1]), position: Number(match[2]) } : null;
}
