import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { WebSocket, WebSocketServer } from 'ws';
import { Refusals } from '../../calls/refusals.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { Draining } from '../../shared/draining.js';
import { Log } from '../../shared/logger.js';
import { originForm } from '../../shared/origin-form.js';
import { refuseUpgrade } from '../../shared/refuse-upgrade.js';
import { UpgradeRoutes } from '../../shared/upgrade-routes.js';
import { accountStream } from '../../urls/account-stream.js';
import { STREAM_PATH } from '../../urls/call-urls.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { prefixOf, stripPrefix } from '../../urls/strip-prefix.js';
import { MEDIA_LIMITS } from './limits.js';
import { streamTarget, UpgradeGate, type Admission } from './upgrade-gate.js';

/** An upgrade that was let in, and the connection it came on. */
export interface AdmittedUpgrade {
  admission: Admission;
  wire: Duplex;
}

const admissions = new WeakMap<IncomingMessage, AdmittedUpgrade>();

/** What the upgrade of this request was checked for. */
export function admissionOf(request: IncomingMessage): AdmittedUpgrade {
  const admitted = admissions.get(request);
  if (!admitted) throw new Error('a media stream was opened without the gate');
  return admitted;
}

/**
 * Nest's own adapter matches paths by equality and maps every message through
 * RxJS. This one knows one path with three ids, refuses before the 101, and
 * leaves messages to the session that reads the raw `message` events.
 */
export class MediaSocketAdapter extends WsAdapter {
  private readonly gate: UpgradeGate;
  private readonly draining: Draining;
  private readonly origin: PublicOrigin;
  private readonly refusals: Refusals;
  private readonly log: Log;
  private readonly others: UpgradeRoutes;
  private mediaServer: WebSocketServer | null = null;
  private detach: () => void = () => undefined;

  constructor(app: INestApplicationContext) {
    super(app);
    this.gate = app.get(UpgradeGate);
    this.draining = app.get(Draining);
    this.origin = app.get(PublicOrigin);
    this.refusals = app.get(Refusals);
    this.log = app.get(Log);
    this.others = app.get(UpgradeRoutes);
  }

  override create(port: number, options: Record<string, unknown> = {}): WebSocketServer {
    this.mediaServer = super.create(port, {
      ...options,
      perMessageDeflate: false,
      maxPayload: MEDIA_LIMITS.messageBytes,
      clientTracking: true,
      handleProtocols: (offered: ReadonlySet<string>, request: IncomingMessage) => {
        const { subprotocol } = admissionOf(request).admission.account.media;
        return subprotocol !== null && offered.has(subprotocol) && subprotocol;
      },
    }) as WebSocketServer;
    return this.mediaServer;
  }

  /** Messages are not mapped to handlers: the session reads them as they come. */
  override bindMessageHandlers(): void {
    return undefined;
  }

  override async dispose(): Promise<void> {
    this.detach();
    await super.dispose();
  }

  protected override ensureHttpServerExists(port: number, httpServer?: Server): Server | undefined {
    if (!httpServer || this.httpServersRegistry.has(port)) return httpServer;
    this.httpServersRegistry.set(port, httpServer);
    const listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      // A peer that resets before the 101 must not end the process.
      socket.on('error', () => socket.destroy());
      request.url = originForm(request.url ?? '');
      const take = this.others.find(request);
      if (take) take(socket, head);
      else void this.upgrade(request, socket, head);
    };
    httpServer.on('upgrade', listener);
    this.detach = () => httpServer.off('upgrade', listener);
    return httpServer;
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const server = this.mediaServer;
    const { path, account } = this.routed(request);
    if (!server || (path !== STREAM_PATH && !path.startsWith(`${STREAM_PATH}/`))) {
      this.noteUnrouted(request);
      refuseUpgrade(socket, 404, 'not-found');
      return;
    }
    if (this.draining.isClosing) {
      refuseUpgrade(socket, 503, 'draining');
      return;
    }
    try {
      const verdict = await this.gate.check(request, path, account);
      if (!verdict.admitted) {
        this.refusals.note({
          surface: 'media-stream',
          reason: verdict.reason,
          httpStatus: verdict.status,
          runId: verdict.runId,
        });
        refuseUpgrade(socket, verdict.status, verdict.reason);
        return;
      }
      const { admission } = verdict;
      if (socket.destroyed) {
        admission.leaveWaiting();
        return;
      }
      // Whether or not the handshake succeeds.
      socket.once('close', admission.leaveWaiting);
      admissions.set(request, { admission, wire: socket });
      server.handleUpgrade(request, socket, head, (client: WebSocket) => {
        server.emit('connection', client, request);
      });
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) {
        this.log.error('upgrade.failed', { ...runOf(path), error });
      }
      refuseUpgrade(socket, 503, 'unavailable');
    }
  }

  /** A carrier that was led to a path of nobody's is worth a note; strangers are not. */
  private noteUnrouted(request: IncomingMessage): void {
    if (!this.gate.isSigned(request)) return;
    this.refusals.note({
      surface: 'media-stream',
      reason: 'no-route',
      httpStatus: 404,
      runId: null,
    });
  }

  /** The path of the stream; and whose it must be, where the path names an account. */
  private routed(request: IncomingMessage): { path: string; account: string | null } {
    const target = stripPrefix(request.url ?? '', prefixOf(this.origin.peek() ?? ''));
    const [path = ''] = target.split('?', 1);
    return accountStream(target) ?? { path, account: null };
  }
}

/** The call that the path names, for the log; nothing where it names none. */
function runOf(path: string): { workflow_run_id?: number } {
  const target = streamTarget(path);
  return target ? { workflow_run_id: target.ids.runId } : {};
}
