import { Injectable } from '@nestjs/common';
import { Clock } from '../shared/clock.js';
import { StoreClock } from './store-clock.js';

/**
 * The time of a store that instances on several machines share. By it all of them judge what is
 * due or over, however wrong the clock of one machine is, and also while the store is away. Until
 * the store's clock was first read, which is at the first beat of the instance, this machine's.
 */
@Injectable()
export class StoreTime extends Clock {
  constructor(private readonly storeClock: StoreClock) {
    super();
  }

  now(): Date {
    const storeMs = this.storeClock.storeTime(performance.now());
    return storeMs === null ? new Date() : new Date(Math.floor(storeMs));
  }
}
