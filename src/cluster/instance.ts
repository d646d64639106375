import { randomUUID } from 'node:crypto';

/** This process among those that may share a store. */
export class Instance {
  /** Another one after every start, so that nothing of an earlier process is taken for this one's. */
  readonly id: string = randomUUID();
}
