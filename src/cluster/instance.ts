import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * Names the instance that answered. Only replies to requests with a key, a session or a signature
 * have it: nobody else learns how many of us there are.
 */
export const INSTANCE_HEADER = 'X-Patchbay-Instance';

/** Identifies this process among those that share its store. */
export class Instance {
  /** A new id for each start, so that a claim of the previous process is never taken for ours. */
  readonly id: string = randomUUID();
  readonly startedAt: Date = new Date();

  /** @param name for people, printable without spaces; several instances may have the same one */
  constructor(readonly name: string = hostname()) {}
}
