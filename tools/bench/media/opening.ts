import { Histogram } from './histogram.js';
import type { OpeningFigures } from './plan.js';

/** Counts how calls are opened. */
export class Opening {
  opened = 0;
  rejected = 0;
  failed = 0;
  readonly answer = new Histogram();
  readonly upgrade = new Histogram();
  readonly setUp = new Histogram();
  readonly firstAudio = new Histogram();

  figures(): OpeningFigures {
    return {
      opened: this.opened,
      rejected: this.rejected,
      failed: this.failed,
      answer: this.answer.toJSON(),
      upgrade: this.upgrade.toJSON(),
      setUp: this.setUp.toJSON(),
      firstAudio: this.firstAudio.toJSON(),
    };
  }
}
