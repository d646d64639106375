import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { boundConnections, LISTENER_OPTIONS } from './shared/http-listener.js';

/** Express on a server that keeps idle connections long and bounds their number. */
export class BoundedHttpAdapter extends ExpressAdapter {
  private connections: ReadonlySet<Socket> = new Set();

  /** @param connectionsMax idle ones and media streams included */
  constructor(private readonly connectionsMax: number) {
    super();
  }

  /** Nest's own gives the server no options, and some are read when it is made. */
  override initHttpServer(): void {
    const server: Server = createServer(LISTENER_OPTIONS, this.getInstance());
    this.connections = boundConnections(server, this.connectionsMax);
    this.httpServer = server;
  }

  /** The calls are over when it is called; what is still open is idle, or does not end by itself. */
  override close(): Promise<unknown> | undefined {
    for (const socket of this.connections) socket.destroy();
    return super.close();
  }
}
