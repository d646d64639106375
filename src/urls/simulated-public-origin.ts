import type { OnApplicationShutdown } from '@nestjs/common';
import type { PublicOrigin } from './public-origin.js';
import { StaticPublicOrigin } from './static-public-origin.js';

/** The origin at which the simulated carrier calls us when no public address is configured. It maps the name to this process. */
export const SIMULATED_ORIGIN = 'https://patchbay.internal';

/**
 * The simulated carrier's internal origin. Only that carrier knows it; an account of the store that
 * is real is reached by whatever tunnel runs.
 */
export class SimulatedPublicOrigin extends StaticPublicOrigin implements OnApplicationShutdown {
  /** @param real asked for nothing while all accounts are simulated */
  constructor(private readonly real: PublicOrigin & OnApplicationShutdown) {
    super(SIMULATED_ORIGIN, 'simulated');
  }

  override of({ simulated }: { readonly simulated: boolean }): PublicOrigin {
    return simulated ? this : this.real;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.real.onApplicationShutdown();
  }
}
