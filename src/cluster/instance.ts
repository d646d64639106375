import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';

/** Who this process is among those that share its store. */
@Injectable()
export class Instance {
  /** Another one for each start, so that a claim of the one before is never taken for ours. */
  readonly id: string = randomUUID();
  /** For people; several instances may have the same. */
  readonly name: string = hostname();
}
