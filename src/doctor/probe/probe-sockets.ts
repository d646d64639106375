import type { IncomingMessage } from 'node:http';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { WebSocketServer, type WebSocket } from 'ws';
import { Instance } from '../../cluster/instance.js';
import { UpgradeRoutes } from '../../shared/upgrade-routes.js';
import { arrivedOf } from './arrived.js';
import { Probes } from './probes.js';

const MESSAGE_BYTES_MAX = 4_096;
/** How much may be sent back and not read. The doctor never needs this much. */
const UNSENT_BYTES_MAX = 64 * 1_024;
/** Longer than the longest idle test. Whatever happens to the doctor, its sockets end. */
const LIFE_MS = 330_000;

/**
 * The doctor's own WebSocket, on the path of the media streams, with a nonce
 * in place of the ids. It reports what arrived of the upgrade, then sends every
 * message back, and never sends a message or a ping by itself.
 */
@Injectable()
export class ProbeSockets implements OnModuleInit, BeforeApplicationShutdown {
  private readonly server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES_MAX,
  });
  private removeRoute: () => void = () => undefined;

  constructor(
    private readonly routes: UpgradeRoutes,
    private readonly probes: Probes,
    private readonly instance: Instance,
  ) {}

  onModuleInit(): void {
    this.removeRoute = this.routes.add((request) =>
      this.probes.redeem(request)
        ? (socket, head) =>
            this.server.handleUpgrade(request, socket, head, (client) =>
              serve(client, request, this.instance.id),
            )
        : null,
    );
  }

  beforeApplicationShutdown(): void {
    this.removeRoute();
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }
}

function serve(client: WebSocket, request: IncomingMessage, instanceId: string): void {
  const life = setTimeout(() => client.terminate(), LIFE_MS);
  client.on('close', () => clearTimeout(life));
  client.on('error', () => undefined);
  client.on('message', (data: Buffer, isBinary) => {
    if (client.bufferedAmount > UNSENT_BYTES_MAX) client.terminate();
    else client.send(data, { binary: isBinary });
  });
  client.send(JSON.stringify(arrivedOf(request, Buffer.alloc(0), instanceId)));
}
