import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { WebSocketServer, type WebSocket } from 'ws';
import { TwilioSettings } from '../../providers/twilio/twilio.settings.js';
import { every, type Loop } from '../../shared/every.js';
import { Log } from '../../shared/logger.js';
import { refuseUpgrade } from '../../shared/refuse-upgrade.js';
import { UpgradeRoutes } from '../../shared/upgrade-routes.js';
import type { Caller } from '../../tenants/api-keys.js';
import { ConsoleSessions } from '../../tenants/console-sessions.js';
import { namesHost } from '../../tenants/same-origin.js';
import { sessionTokenOf } from '../../tenants/session-cookie.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { prefixOf, stripPrefix } from '../../urls/strip-prefix.js';
import { plugIn } from './carrier-line.js';
import { joinSockets } from './join-sockets.js';

const PHONE_PATH = '/console/phone/line';
const MESSAGE_MAX_BYTES = 16 * 1024;
const PHONES_PER_USER = 5;
/** How soon a session that has ended or was revoked closes its phones. */
const LOOK_EVERY_MS = 5_000;
/** The close code of the browser's socket when nobody is signed in any more. */
const SIGNED_OUT = 4401;

/**
 * Telephones in browsers that have signed in. Each is a number at the simulated
 * carrier. A call to it takes the same path as any other (dial, TwiML,
 * signatures, callbacks, media stream), and only its end leads here.
 * `tools/carrier/phones/phone-line.ts` has the messages of the socket.
 */
@Injectable()
export class BrowserPhones implements OnModuleInit, BeforeApplicationShutdown {
  private readonly server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MESSAGE_MAX_BYTES,
  });
  /** The phones by the session that opened them. */
  private readonly open = new Map<WebSocket, string>();
  /** One for each phone, from before it is plugged in until its connection is gone. */
  private readonly places = new Set<{ userId: number }>();
  private looking: Loop | null = null;
  private removeRoute: () => void = () => undefined;

  constructor(
    private readonly routes: UpgradeRoutes,
    private readonly sessions: ConsoleSessions,
    private readonly origin: PublicOrigin,
    @Inject(TwilioSettings) private readonly carrier: TwilioSettings | null,
    private readonly log: Log,
  ) {}

  /** False when calls are real, because they then ring real telephones. */
  get available(): boolean {
    return this.carrier?.simulated ?? false;
  }

  onModuleInit(): void {
    this.removeRoute = this.routes.add((request) =>
      this.isForUs(request) ? (socket, head) => void this.take(request, socket, head) : null,
    );
    this.looking = every(
      LOOK_EVERY_MS,
      () => this.lookAtAll(),
      () => undefined,
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.removeRoute();
    for (const client of this.server.clients) client.terminate();
    this.server.close();
    await this.looking?.stop();
  }

  private isForUs({ url }: IncomingMessage): boolean {
    const target = stripPrefix(url ?? '', prefixOf(this.origin.peek() ?? ''));
    return target.split('?', 1)[0] === PHONE_PATH;
  }

  private async take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      if (!this.available) return refuseUpgrade(socket, 404, 'the carrier is not simulated');
      // Browsers send the page's origin with every upgrade, and no script can change it.
      if (!this.isFromOurPages(request)) return refuseUpgrade(socket, 403, 'foreign origin');
      const token = sessionTokenOf(request.headers);
      const caller = token ? await this.sessions.find(token) : null;
      if (!token || !caller) return refuseUpgrade(socket, 401, 'not signed in');
      if (this.isFull(caller)) return refuseUpgrade(socket, 429, 'too many phones');
      if (socket.destroyed) return;
      this.takePlace(caller, socket);
      const line = await plugIn(this.carrier);
      if (!line) return refuseUpgrade(socket, 503, 'the simulated carrier is not there');
      if (socket.destroyed) return line.terminate();
      this.server.handleUpgrade(request, socket, head, (client) => {
        this.open.set(client, token);
        client.once('close', () => this.open.delete(client));
        joinSockets(client, line);
      });
    } catch (error) {
      this.log.warn('phone.not_connected', { error });
      refuseUpgrade(socket, 503, 'unavailable');
    }
  }

  private isFromOurPages({ headers }: IncomingMessage): boolean {
    const { origin, host } = headers;
    const known = this.origin.peek();
    // A proxy may pass on another host than the one that the browser sees.
    return namesHost(origin, host) || (known !== null && namesHost(origin, new URL(known).host));
  }

  private isFull({ userId }: Caller): boolean {
    return [...this.places].filter((one) => one.userId === userId).length >= PHONES_PER_USER;
  }

  private takePlace({ userId }: Caller, socket: Duplex): void {
    const place = { userId };
    this.places.add(place);
    socket.once('close', () => this.places.delete(place));
  }

  private async lookAtAll(): Promise<void> {
    // While the store is away, nothing is known about a session.
    const looks = [...this.open].map(([client, token]) => this.look(client, token));
    await Promise.allSettled(looks);
  }

  private async look(client: WebSocket, token: string): Promise<void> {
    if ((await this.sessions.find(token)) === null) client.close(SIGNED_OUT);
  }
}
