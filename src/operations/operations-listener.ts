import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpSettings } from '../config/settings.js';
import { boundConnections, LISTENER_OPTIONS } from '../shared/http-listener.js';
import { listenStartError } from '../shared/listen-fault.js';
import { Log } from '../shared/logger.js';
import { originForm } from '../shared/origin-form.js';
import { replyBeforeBody } from '../shared/unread-bodies.js';
import { UnreadReplies } from '../shared/unread-replies.js';
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
 * a key, and nothing else. It answers until the process ends, so that a drain can be watched.
 */
@Injectable()
export class OperationsListener implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | null = null;

  constructor(
    private readonly settings: HttpSettings,
    private readonly health: HealthReport,
    private readonly metrics: MetricsPage,
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

  private async replyTo({ method, url = '' }: IncomingMessage): Promise<Reply> {
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET');
    switch (originForm(url).replace(/\?.*$/s, '')) {
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
        return text(404, 'here are only /metrics, /health/live and /health/ready');
    }
  }
}

function text(status: number, body: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

function json(status: number, value: unknown): Reply {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}
