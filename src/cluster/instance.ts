import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';

/** Identifies this process among those that share its store. */
@Injectable()
export class Instance {
  /** A new id for each start, so that a claim of the previous process is never taken for ours. */
  readonly id: string = randomUUID();
  /** A name for people; several instances may have the same one. */
  readonly name: string = hostname();
}
