import type { RefusedSurface } from '../../calls/refusals.js';

/** A carrier-facing request that is turned away: what it is told, and what is written down. */
export class CarrierRefusal extends Error {
  constructor(
    readonly httpStatus: 400 | 403 | 404 | 409 | 503,
    readonly surface: RefusedSurface,
    readonly reason: string,
    readonly runId: number | null = null,
    readonly refusalDetail: Record<string, unknown> = {},
  ) {
    super(reason);
    this.name = 'CarrierRefusal';
  }
}
