import { Injectable } from '@nestjs/common';
import { LimitSettings } from '../config/settings.js';
import { Cluster } from './cluster.js';
import { Instance } from './instance.js';

/**
 * How many calls may be in progress on this store: as many as all ready instances together have
 * room for. Asked once for each new call; never throws and waits for nothing, so it may be as old
 * as the last beat of the instances.
 */
@Injectable()
export class CallCapacity {
  constructor(
    private readonly cluster: Cluster,
    private readonly instance: Instance,
    private readonly limits: LimitSettings,
  ) {}

  total(): number {
    return this.cluster
      .members()
      .filter(({ id, state }) => id !== this.instance.id && state === 'ready')
      .reduce((sum, { capacity }) => sum + capacity, this.limits.maxConcurrentCalls);
  }
}
