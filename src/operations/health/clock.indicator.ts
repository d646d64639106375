import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { SKEW_DOWN_MS } from '../../cluster/clock-skew.js';
import { Cluster } from '../../cluster/cluster.js';
import { Instance } from '../../cluster/instance.js';

/**
 * Down while this instance's clock is too far from the store's and another ready instance's is not,
 * so that calls go there. Where all are wrong, perhaps the store is, and somebody must take calls.
 */
@Injectable()
export class ClockIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly cluster: Cluster,
    private readonly instance: Instance,
  ) {}

  check() {
    const isRight = (offsetMs: number): boolean => Math.abs(offsetMs) <= SKEW_DOWN_MS;
    const members = this.cluster.members();
    const offsetMs = members.find(({ id }) => id === this.instance.id)?.clockOffsetMs ?? 0;
    const anotherIsRight = members.some(
      ({ id, state, clockOffsetMs }) =>
        id !== this.instance.id && state === 'ready' && isRight(clockOffsetMs),
    );
    const indicator = this.health.check('clock');
    const report = { offsetMs };
    if (isRight(offsetMs) || !anotherIsRight) return indicator.up({ report, reason: null });
    const where = offsetMs > 0 ? 'ahead of' : 'behind';
    return indicator.down({
      report,
      reason: `this instance's clock is ${Math.abs(offsetMs) / 1000} s ${where} the store's, and another instance's is right`,
    });
  }
}
