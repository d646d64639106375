import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpSettings } from '../config/settings.js';
import { isUnavailable } from '../database/store-errors.js';
import { Draining } from '../shared/draining.js';
import { boundConnections, LISTENER_OPTIONS } from '../shared/http-listener.js';
import { listenStartError } from '../shared/listen-fault.js';
import { Log } from '../shared/logger.js';
import { originForm } from '../shared/origin-form.js';
import { replyBeforeBody } from '../shared/unread-bodies.js';
import { UnreadReplies } from '../shared/unread-replies.js';
import { ADMIN_USER_ID } from '../tenants/api-keys.js';
import { Credentials } from '../tenants/credentials.js';
import { HealthReport } from './health/health-report.js';
import { MetricsPage } from './metrics/metrics-page.js';

/** Enough for a few scrapers and load balancers, each with a few connections. */
const CONNECTIONS_MAX = 100;

interface Reply {
  status: number;
  contentType: string;
  body: string;
}

/**
 * The second listener, for machines inside the network. It serves metrics and health without
 * a key, takes the order to drain with user 1's, and nothing else. It answers until the process
 * ends, so that a drain can be watched.
 */
@Injectable()
export class OperationsListener implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | null = null;

  constructor(
    private readonly settings: HttpSettings,
    private readonly health: HealthReport,
    private readonly metrics: MetricsPage,
    private readonly credentials: Credentials,
    private readonly draining: Draining,
    private readonly log: Log,
  ) {}

  /** Null while nothing listens. */
  get port(): number | null {
    const address = this.server?.address();
    return typeof address === 'object' ? (address?.port ?? null) : null;
  }

  /** @throws StartError that names the setting */
  async onApplicationBootstrap(): Promise<void> {
    const { operationsPort, host } = this.settings;
    if (operationsPort === null) return;
    const replies = new UnreadReplies();
    const server = createServer(LISTENER_OPTIONS, (request, response) => {
      replies.watch(response);
      replyBeforeBody(request, response);
      void this.serve(request, response);
    });
    boundConnections(server, CONNECTIONS_MAX);
    try {
      server.listen(operationsPort, host);
      await once(server, 'listening');
    } catch (error) {
      throw listenStartError({ host, port: operationsPort, portSetting: 'OPERATIONS_PORT' }, error);
    }
    this.server = server;
    this.log.info('operations.listening', { host, port: this.port });
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (!server) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, contentType, body } = await this.replyTo(request).catch((error: unknown) => {
      this.log.error('operations.failed', { error });
      return text(500, 'internal error');
    });
    response.writeHead(status, {
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  private async replyTo({ method, url = '', headers }: IncomingMessage): Promise<Reply> {
    const path = originForm(url).replace(/\?.*$/s, '');
    if (path === '/drain') {
      return method === 'POST' ? this.drain(headers) : text(405, 'only POST');
    }
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET');
    switch (path) {
      case '/metrics':
        return {
          status: 200,
          contentType: this.metrics.contentType,
          body: await this.metrics.text(),
        };
      case '/health/live':
        return json(200, this.health.live());
      case '/health/ready': {
        const report = await this.health.ready();
        return json(report.status === 'up' ? 200 : 503, report);
      }
      default:
        return text(404, 'here are only /metrics, /health/live, /health/ready and /drain');
    }
  }

  /** Answers before the drain begins to close what is open. */
  private async drain(headers: IncomingHttpHeaders): Promise<Reply> {
    const identified = await this.credentials.identify(headers).catch((error: unknown) => {
      if (isUnavailable(error)) return 'store unavailable' as const;
      throw error;
    });
    if (identified === 'store unavailable') return text(503, 'the store is unavailable');
    if (!identified || identified.byCookie || identified.caller.userId !== ADMIN_USER_ID) {
      return text(401, "send user 1's key as Authorization: Bearer");
    }
    this.log.info('drain.ordered');
    this.draining.order();
    return text(202, 'draining');
  }
}

function text(status: number, body: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

function json(status: number, value: unknown): Reply {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}
