import { Injectable } from '@nestjs/common';
import { CallCapacity } from '../../cluster/call-capacity.js';
import { LimitSettings } from '../../config/settings.js';
import type { ConcurrencyLimits } from './concurrency-limits.js';

/** How many calls may be in progress at the moment, by the settings and by the instances that are ready. */
@Injectable()
export class CallLimits {
  constructor(
    private readonly settings: LimitSettings,
    private readonly capacity: CallCapacity,
  ) {}

  now(): ConcurrencyLimits {
    return { total: this.capacity.total(), perUser: this.settings.maxConcurrentCallsPerUser };
  }
}
