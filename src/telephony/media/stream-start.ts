import type { StartMessage } from '../../providers/media-dialect.js';
import type { StartRefusal } from './start-refusal.js';

/** A `start`, and what is decided about it by the sessions of this process. */
export interface Start {
  runId: number;
  streamId: string;
  message: StartMessage;
  /** Whether the token was part of the path, and was redeemed before the 101. */
  tokenSpent: boolean;
  /** Whether this process has an older stream of the call. */
  hasOlder: () => boolean;
  /**
   * Makes this the call's one stream in this process, once its token is spent.
   * @returns what stands against it, and null where nothing does; repeating it changes nothing
   */
  take: () => StartRefusal | Dropped | null;
}

/** The session ended meanwhile, and nothing of the call changed. */
export interface Dropped {
  kind: 'dropped';
}
