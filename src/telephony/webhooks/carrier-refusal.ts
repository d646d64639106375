import type { RefusedSurface } from '../../calls/refusals.js';

/** A carrier-facing request that is turned away: what it is told, and what is written down. */
export class CarrierRefusal extends Error {
  /** The methods that the path takes, with a 405. */
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
}
