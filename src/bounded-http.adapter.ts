import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { boundConnections, LISTENER_OPTIONS } from './shared/http-listener.js';

/** Express on a server that keeps idle connections long and bounds their number. */
export class BoundedHttpAdapter extends ExpressAdapter {
  private connections: ReadonlySet<Socket> = new Set();

  /** @param connectionsMax the most connections, including idle ones and media streams */
  constructor(private readonly connectionsMax: number) {
    super();
  }

  /**
   * Makes the server with our options: Nest's own method passes none, and some are
   * only read when the server is made.
   */
  override initHttpServer(): void {
    const server: Server = createServer(LISTENER_OPTIONS, this.getInstance());
    this.connections = boundConnections(server, this.connectionsMax);
    this.httpServer = server;
  }

  /**
   * Closes all connections. The calls are over when this is called; connections
   * that are still open are idle, or do not end by themselves.
   */
  override close(): Promise<unknown> | undefined {
    for (const socket of this.connections) socket.destroy();
    return super.close();
  }
}
