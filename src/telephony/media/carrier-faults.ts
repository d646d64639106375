import { maskText } from '../../shared/redact.js';
import type { Log } from '../../shared/logger.js';

const FAULTS_LOGGED = 5;

/** What the carrier complains of on one stream; the first few are logged. */
export class CarrierFaults {
  private faults = 0;

  constructor(
    private readonly runId: number,
    private readonly log: Log,
  ) {}

  note(reason: string): void {
    this.faults += 1;
    if (this.faults > FAULTS_LOGGED) return;
    this.log.warn('stream.carrier_fault', {
      workflow_run_id: this.runId,
      reason: maskText(reason).slice(0, 200),
    });
  }
}
