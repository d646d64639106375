import { Histogram } from './histogram.js';
import type { SpanFigures } from './plan.js';

/** A span of time in which frames are measured. */
export class Span {
  readonly beganAt = performance.now();
  endedAt = Number.POSITIVE_INFINITY;
  sent = 0;
  back = 0;
  through = 0;
  disordered = 0;
  interruptions = 0;
  clears = 0;
  readonly gap = new Histogram();
  readonly roundTrip = new Histogram();
  readonly lateness = new Histogram();
  private readonly cpuBefore = process.cpuUsage();
  private generatorCpu = 0;

  end(): void {
    this.endedAt = performance.now();
    const { user, system } = process.cpuUsage(this.cpuBefore);
    this.generatorCpu = (user + system) / 1_000 / (this.endedAt - this.beganAt);
  }

  has(at: number): boolean {
    return at >= this.beganAt && at < this.endedAt;
  }

  figures(): SpanFigures {
    return {
      framesSent: this.sent,
      framesBack: this.back,
      framesThrough: this.through,
      disordered: this.disordered,
      interruptions: this.interruptions,
      clears: this.clears,
      gap: this.gap.toJSON(),
      roundTrip: this.roundTrip.toJSON(),
      lateness: this.lateness.toJSON(),
      generatorCpu: this.generatorCpu,
    };
  }
}
