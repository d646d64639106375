import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** Identifies this process among those that share its store. */
export class Instance {
  /** A new id for each start, so that a claim of the previous process is never taken for ours. */
  readonly id: string = randomUUID();
  readonly startedAt: Date = new Date();

  /** @param name for people; several instances may have the same one */
  constructor(readonly name: string = hostname()) {}
}
