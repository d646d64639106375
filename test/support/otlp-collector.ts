import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Attribute = {
  key: string;
  value: {
    stringValue?: string;
    intValue?: number | string;
    doubleValue?: number;
    boolValue?: boolean;
  };
};

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  links?: Array<{ traceId: string; spanId: string }>;
  status: { code: number; message?: string };
}

interface OtlpRequest {
  resourceSpans: Array<{
    resource: { attributes: Attribute[] };
    scopeSpans: Array<{ spans: OtlpSpan[] }>;
  }>;
}

export interface ReceivedSpan extends Omit<OtlpSpan, 'attributes'> {
  attributes: Record<string, unknown>;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
}

/** A real collector of OTLP over HTTP with JSON, as far as spans go. */
export class OtlpCollector {
  readonly spans: ReceivedSpan[] = [];
  readonly services = new Set<unknown>();
  readonly instances = new Set<unknown>();
  /** As they came. */
  readonly bodies: string[] = [];
  readonly requests: Array<{ path: string; headers: IncomingHttpHeaders }> = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param status in place of 200 */
  static async start(status = 200): Promise<OtlpCollector> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const collector = new OtlpCollector(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        collector.requests.push({ path: request.url ?? '', headers: request.headers });
        collector.take(Buffer.concat(chunks).toString());
        response.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
      });
    });
    return collector;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private take(body: string): void {
    this.bodies.push(body);
    for (const { resource, scopeSpans } of (JSON.parse(body) as OtlpRequest).resourceSpans) {
      const sender = recordOf(resource.attributes);
      this.services.add(sender['service.name']);
      this.instances.add(sender['service.instance.id']);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({
          ...span,
          attributes: recordOf(span.attributes),
          startedAt: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
          endedAt: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
        });
      }
    }
  }
}

function recordOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
