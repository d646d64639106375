import type { Refusal, RefusedSurface } from '../../calls/refusals.js';

/** The refusal of a carrier's request: what the carrier receives, and what is recorded. */
export class CarrierRefusal extends Error {
  /** The methods that the path accepts, for a 405. */
  allow: readonly string[] = [];

  constructor(
    readonly httpStatus: 400 | 403 | 404 | 405 | 409 | 413 | 503,
    readonly surface: RefusedSurface,
    readonly reason: string,
    readonly runId: number | null = null,
    readonly refusalDetail: Record<string, unknown> = {},
  ) {
    super(reason);
    this.name = 'CarrierRefusal';
  }

  /** What is recorded. */
  get record(): Refusal {
    const { surface, reason, httpStatus, runId, refusalDetail: detail } = this;
    return { surface, reason, httpStatus, runId, detail };
  }
}
