import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Takes over an upgrade: from here on it answers, and closes the socket. */
export type TakeUpgrade = (socket: Duplex, head: Buffer) => void;

/**
 * Looks at an upgrade and returns the function that takes it; null: the upgrade
 * belongs to another route. Must not throw.
 */
export type UpgradeRoute = (request: IncomingMessage) => TakeUpgrade | null;

/**
 * WebSockets beside the media streams, on the same HTTP server. A room adds its
 * route; the socket adapter asks here first, for every upgrade.
 */
export class UpgradeRoutes {
  private readonly routes = new Set<UpgradeRoute>();

  /** Returns the function that removes the route again. */
  add(route: UpgradeRoute): () => void {
    this.routes.add(route);
    return () => void this.routes.delete(route);
  }

  find(request: IncomingMessage): TakeUpgrade | null {
    for (const route of this.routes) {
      const take = route(request);
      if (take) return take;
    }
    return null;
  }
}
