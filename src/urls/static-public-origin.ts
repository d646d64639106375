import { PublicOrigin } from './public-origin.js';
import type { PublicOriginReport } from './public-origin.js';

/** An origin that is known from the start: `PUBLIC_URL`, or the simulated carrier's internal one. */
export class StaticPublicOrigin extends PublicOrigin {
  constructor(
    private readonly origin: string,
    private readonly source: 'static' | 'simulated' = 'static',
  ) {
    super();
  }

  async current(): Promise<string> {
    return this.origin;
  }

  async refreshForDial(): Promise<string> {
    return this.origin;
  }

  peek(): string {
    return this.origin;
  }

  report(): PublicOriginReport {
    return {
      source: this.source,
      origin: this.origin,
      asOf: null,
      stale: false,
      lastError: null,
      fix: null,
    };
  }
}
