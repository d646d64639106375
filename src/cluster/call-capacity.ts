import { Injectable } from '@nestjs/common';
import { LimitSettings } from '../config/settings.js';

/**
 * How many calls may be in progress on this store: as many as all ready instances together have
 * room for. Asked once for each new call; never throws and waits for nothing, so it may be as old
 * as the last beat of the instances.
 */
export abstract class CallCapacity {
  abstract total(): number;
}

/** The room of this instance, where it is the only one. */
@Injectable()
export class OwnCapacity extends CallCapacity {
  constructor(private readonly limits: LimitSettings) {
    super();
  }

  total(): number {
    return this.limits.maxConcurrentCalls;
  }
}
